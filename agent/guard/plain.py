"""Several spellings of one thing, written in the one that is judged."""

from sqlglot import exp

from store.catalog import Dialect


def write_plainly(tree: exp.Expr, dialect: Dialect) -> exp.Expr:
    """Write `pg_catalog.lower(x)`, `"lower"(x)` and `x.lower()` as `lower(x)`."""
    # From the inside out: what stands before the last dot may have dots of its own.
    for dot in reversed(list(tree.find_all(exp.Dot))):
        plain = _without_schema(dot)
        if plain is None and dialect == "duckdb":
            plain = _called_on(dot)
        if plain is not None:
            dot.replace(plain)
    for call in tree.find_all(exp.Anonymous):
        if isinstance(call.this, exp.Identifier):
            call.set("this", call.name)
    for text in list(tree.find_all(exp.National)):
        text.replace(exp.Literal.string(text.name))
    return tree


def _without_schema(dot: exp.Dot) -> exp.Expr | None:
    built_in = isinstance(dot.this, exp.Identifier) and dot.this.name == "pg_catalog"
    return dot.expression if built_in and isinstance(dot.expression, exp.Func) else None


def _called_on(dot: exp.Dot) -> exp.Expr | None:
    """DuckDB's calls in a chain."""
    if not isinstance(dot.expression, exp.Anonymous):
        return None
    first = exp.Column(this=dot.this.copy()) if isinstance(dot.this, exp.Identifier) else dot.this.copy()
    rest = [part.copy() for part in dot.expression.expressions]
    return exp.Anonymous(this=dot.expression.name, expressions=[first, *rest])

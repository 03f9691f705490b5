"""Several spellings of one thing, written in the one that is judged."""

from sqlglot import exp

from store.catalog import Dialect


def write_plainly(tree: exp.Expr, dialect: Dialect) -> exp.Expr:
    """Write `pg_catalog.lower(x)`, `"lower"(x)` and `x.lower()` as `lower(x)`."""
    found = list(tree.find_all(exp.Dot, exp.Anonymous, exp.National))
    # From the inside out: what stands before the last dot may have dots of its own.
    for node in reversed(found):
        plain = _plain(node, dialect)
        if plain is not None:
            node.replace(plain)
    return tree


def _plain(node: exp.Expr, dialect: Dialect) -> exp.Expr | None:
    if isinstance(node, exp.National):
        return exp.Literal.string(node.name)
    if isinstance(node, exp.Dot):
        return _without_schema(node) or (_called_on(node) if dialect == "duckdb" else None)
    if isinstance(node.this, exp.Identifier):
        node.set("this", node.name)
    return None


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

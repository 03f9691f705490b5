"""Several spellings of one thing, written in the one that is judged."""

import re

from sqlglot import exp

from store.catalog import Dialect

_ESCAPED = re.compile(r"\\(?:([0-9a-fA-F]{4})|\+([0-9a-fA-F]{6})|\\|)")
_KINDS_OF_TIME = ("DATE", "TIME", "DATETIME", "TIMESTAMP")


def write_plainly(tree: exp.Expr, dialect: Dialect) -> exp.Expr:
    """Write `pg_catalog.lower(x)`, `"lower"(x)` and `x.lower()` as `lower(x)`, and texts in one way."""
    found = list(tree.find_all(exp.Dot, exp.Anonymous, exp.National, exp.UnicodeString, exp.Select))
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
        return _without_schema(node) or (_reached_into(node) if dialect == "duckdb" else None)
    if isinstance(node, exp.UnicodeString):
        return _decoded(node)
    if isinstance(node, exp.Select):
        _count_nothing(node)
        return None
    if isinstance(node.this, exp.Identifier):
        node.set("this", node.name)
    if node.name.lower() == "get_format" and dialect == "mysql":
        _name_a_kind(node)
    return None


def _decoded(node: exp.UnicodeString) -> exp.Expr | None:
    r"""`U&'\0061'` as `'a'`; nothing where signs of their own stand for the backslash."""
    if node.args.get("escape"):
        return None
    try:
        text = _ESCAPED.sub(_sign, node.name)
    except ValueError:
        return None
    # Half a sign, or one that no text may hold.
    unfit = any(sign == "\0" or "\ud800" <= sign <= "\udfff" for sign in text)
    return None if unfit else exp.Literal.string(text)


def _sign(escaped: re.Match[str]) -> str:
    digits = escaped[1] or escaped[2]
    if not digits and escaped[0] != r"\\":
        raise ValueError(escaped[0])
    return chr(int(digits, 16)) if digits else "\\"


def _count_nothing(query: exp.Select) -> None:
    """Without `SQL_CALC_FOUND_ROWS`: the rows are the same, and what it counts is for a next statement."""
    words = query.args.get("operation_modifiers") or []
    query.set("operation_modifiers", [word for word in words if word.name.upper() != "SQL_CALC_FOUND_ROWS"])


def _name_a_kind(call: exp.Expr) -> None:
    """What `GET_FORMAT(DATE, …)` begins with is a word, not a column."""
    kind = call.expressions[0] if call.expressions else None
    if isinstance(kind, exp.Column) and kind.sql().upper() in _KINDS_OF_TIME:
        kind.replace(exp.Var(this=kind.name))


def _without_schema(dot: exp.Dot) -> exp.Expr | None:
    built_in = isinstance(dot.this, exp.Identifier) and dot.this.name == "pg_catalog"
    return dot.expression if built_in and isinstance(dot.expression, exp.Func) else None


def _reached_into(dot: exp.Dot) -> exp.Expr | None:
    """DuckDB's calls in a chain, and the fields of a structure that is computed."""
    if isinstance(dot.expression, exp.Identifier) and not isinstance(dot.this, exp.Identifier):
        field = exp.Literal.string(dot.expression.name)
        return exp.Bracket(this=dot.this.copy(), expressions=[field])
    if not isinstance(dot.expression, exp.Anonymous):
        return None
    first = exp.Column(this=dot.this.copy()) if isinstance(dot.this, exp.Identifier) else dot.this.copy()
    rest = [part.copy() for part in dot.expression.expressions]
    return exp.Anonymous(this=dot.expression.name, expressions=[first, *rest])

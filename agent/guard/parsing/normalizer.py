"""AST normalization: rewrites equivalent notations into the one the rules check."""

import re

from sqlglot import exp

from store.catalog import Dialect

_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{4})|\+([0-9a-fA-F]{6})|\\|)")
_TEMPORAL_KINDS = ("DATE", "TIME", "DATETIME", "TIMESTAMP")
# Operators of network addresses that sqlglot does not parse, and their functions.
_SUBNET_FUNCTIONS = {"<<=": "NETWORK_SUBEQ", ">>=": "NETWORK_SUPEQ"}

_NORMALIZED = (exp.Dot, exp.Anonymous, exp.National, exp.UnicodeString, exp.Select, exp.Operator)


def normalize(tree: exp.Expr, dialect: Dialect) -> exp.Expr:
    """Rewrite `pg_catalog.lower(x)`, `"lower"(x)` and `x.lower()` as `lower(x)`, texts as plain literals."""
    nodes = list(tree.find_all(*_NORMALIZED))
    # Innermost first: the part before the last dot may contain dots itself.
    for node in reversed(nodes):
        replacement = _normalize_node(node, dialect)
        if replacement is not None:
            node.replace(replacement)
    return tree


def _normalize_node(node: exp.Expr, dialect: Dialect) -> exp.Expr | None:
    if isinstance(node, exp.National):
        return exp.Literal.string(node.name)
    if isinstance(node, exp.Dot):
        return _strip_schema(node) or (_rewrite_dot(node) if dialect == "duckdb" else None)
    if isinstance(node, exp.UnicodeString):
        return _decode(node)
    if isinstance(node, exp.Operator):
        return _to_subnet_call(node)
    if isinstance(node, exp.Select):
        _drop_row_counting(node)
        return None
    if isinstance(node.this, exp.Identifier):
        node.set("this", node.name)
    if node.name.lower() == "get_format" and dialect == "mysql":
        _fix_get_format(node)
    return None


def _to_subnet_call(node: exp.Operator) -> exp.Expr | None:
    """`a <<= b` as a call; any other operator remains, and is rejected."""
    function = _SUBNET_FUNCTIONS.get(str(node.args.get("operator")))
    if function is None:
        return None
    return exp.Anonymous(this=function, expressions=[node.this.copy(), node.expression.copy()])


def _decode(node: exp.UnicodeString) -> exp.Expr | None:
    r"""`U&'\0061'` as `'a'`; None if it declares another escape character or is invalid."""
    if node.args.get("escape"):
        return None
    try:
        text = _ESCAPE.sub(_decode_escape, node.name)
    except ValueError:
        return None
    # NUL, and halves of surrogate pairs, are not valid in a text.
    invalid = any(char == "\0" or "\ud800" <= char <= "\udfff" for char in text)
    return None if invalid else exp.Literal.string(text)


def _decode_escape(match: re.Match[str]) -> str:
    digits = match[1] or match[2]
    if not digits and match[0] != r"\\":
        raise ValueError(match[0])
    return chr(int(digits, 16)) if digits else "\\"


def _drop_row_counting(query: exp.Select) -> None:
    """Remove `SQL_CALC_FOUND_ROWS`: it leaves the rows unchanged and only affects a following statement."""
    words = query.args.get("operation_modifiers") or []
    query.set("operation_modifiers", [word for word in words if word.name.upper() != "SQL_CALC_FOUND_ROWS"])


def _fix_get_format(call: exp.Expr) -> None:
    """The first argument of `GET_FORMAT(DATE, …)` is a keyword, not a column."""
    kind = call.expressions[0] if call.expressions else None
    if isinstance(kind, exp.Column) and kind.sql().upper() in _TEMPORAL_KINDS:
        kind.replace(exp.Var(this=kind.name))


def _strip_schema(dot: exp.Dot) -> exp.Expr | None:
    is_builtin = isinstance(dot.this, exp.Identifier) and dot.this.name == "pg_catalog"
    return dot.expression if is_builtin and isinstance(dot.expression, exp.Func) else None


def _rewrite_dot(dot: exp.Dot) -> exp.Expr | None:
    """Rewrite DuckDB's method-call chains, and field access on a computed struct."""
    if isinstance(dot.expression, exp.Identifier) and not isinstance(dot.this, exp.Identifier):
        field = exp.Literal.string(dot.expression.name)
        return exp.Bracket(this=dot.this.copy(), expressions=[field])
    if not isinstance(dot.expression, exp.Anonymous):
        return None
    first = exp.Column(this=dot.this.copy()) if isinstance(dot.this, exp.Identifier) else dot.this.copy()
    rest = [part.copy() for part in dot.expression.expressions]
    return exp.Anonymous(this=dot.expression.name, expressions=[first, *rest])

"""Where sqlglot prints a call that the engine does not know, the spelling that it does."""

from collections.abc import Callable

from sqlglot import exp

from store.catalog import Dialect


def respell(tree: exp.Expr, dialect: Dialect) -> exp.Expr:
    """Replace what would be misprinted. What comes out is read and judged again like any other text."""
    respellings = _RESPELLINGS.get(dialect)
    if respellings:
        # From the inside out, for one may stand in another.
        for node in reversed(list(tree.find_all(*respellings))):
            better = respellings[type(node)](node)
            if better is not None:
                node.replace(better)
    return tree


def _to_hex(node: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this="TO_HEX", expressions=[node.this])


def _log10(node: exp.Expr) -> exp.Expr | None:
    """`log(10, x)` takes exact numbers only, `log10(x)` takes any."""
    base, number = node.this, node.args.get("expression")
    if number is None or not isinstance(base, exp.Literal) or base.name != "10":
        return None
    return exp.Anonymous(this="LOG10", expressions=[number])


def _regexp(node: exp.Expr) -> exp.Expr | None:
    """MariaDB has the operator, and no REGEXP_LIKE; MySQL has both."""
    if node.args.get("flag"):
        return None
    # sqlglot has no node that prints `a REGEXP b`; this one writes its two parts beside each other.
    pattern = exp.Introducer(this=exp.Var(this="REGEXP"), expression=_operand(node.expression))
    match = exp.Introducer(this=_operand(node.this), expression=pattern)
    return match if isinstance(node.parent, _LOOSER) else exp.Paren(this=match)


def _operand(node: exp.Expr) -> exp.Expr:
    tight = isinstance(node, _TIGHT) and not isinstance(node, exp.Binary)
    return node.copy() if tight else exp.Paren(this=node.copy())


def _median(node: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this="MEDIAN", expressions=[node.this.copy()])


def _interval(node: exp.Expr) -> exp.Expr | None:
    """`INTERVAL(n, 5, 10)` is a call, not a stretch of time."""
    if node.args.get("unit") or not isinstance(node.this, exp.Tuple):
        return None
    return exp.Anonymous(this="INTERVAL", expressions=[part.copy() for part in node.this.expressions])


def _to_char(node: exp.Expr) -> exp.Expr | None:
    """MariaDB has it; sqlglot would leave the format out."""
    style = node.args.get("format")
    return exp.Anonymous(this="TO_CHAR", expressions=[node.this.copy(), style.copy()]) if style else None


# What binds closer than REGEXP does, and what looser.
_TIGHT = (exp.Column, exp.Literal, exp.Paren, exp.Func, exp.Subquery)
_LOOSER = (exp.And, exp.Or, exp.Not, exp.Where, exp.Having, exp.Paren, exp.Select, exp.Alias)
_RESPELLINGS: dict[Dialect, dict[type[exp.Expr], Callable[[exp.Expr], exp.Expr | None]]] = {
    "postgres": {exp.Hex: _to_hex, exp.Log: _log10},
    "mysql": {
        exp.RegexpLike: _regexp,
        exp.Median: _median,
        exp.Interval: _interval,
        exp.ToChar: _to_char,
    },
}

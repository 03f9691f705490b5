"""Dialect rewrites: replaces nodes that sqlglot would print in a form the engine does not know."""

from collections.abc import Callable

from sqlglot import exp

from store.catalog import Dialect


def rewrite_for_dialect(tree: exp.Expr, dialect: Dialect) -> exp.Expr:
    """Replace nodes that would be misprinted. The printed text is parsed and validated like any other."""
    rewrites = _REWRITES.get(dialect)
    if rewrites:
        # Innermost first, because the nodes may be nested.
        for node in reversed(list(tree.find_all(*rewrites))):
            replacement = rewrites[type(node)](node)
            if replacement is not None:
                node.replace(replacement)
    return tree


def _to_hex(node: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this="TO_HEX", expressions=[node.this])


def _log10(node: exp.Expr) -> exp.Expr | None:
    """`log(10, x)` accepts exact numbers only, `log10(x)` accepts any."""
    base, number = node.this, node.args.get("expression")
    if number is None or not isinstance(base, exp.Literal) or base.name != "10":
        return None
    return exp.Anonymous(this="LOG10", expressions=[number])


def _regexp(node: exp.Expr) -> exp.Expr | None:
    """`a REGEXP b`: MariaDB has no REGEXP_LIKE, MySQL has both."""
    if node.args.get("flag"):
        return None
    # sqlglot has no node that prints `a REGEXP b`; an introducer prints its two parts side by side.
    pattern = exp.Introducer(this=exp.Var(this="REGEXP"), expression=_operand(node.expression))
    match = exp.Introducer(this=_operand(node.this), expression=pattern)
    return match if isinstance(node.parent, _BINDS_LOOSER) else exp.Paren(this=match)


def _operand(node: exp.Expr) -> exp.Expr:
    binds_tighter = isinstance(node, _BINDS_TIGHTER) and not isinstance(node, exp.Binary)
    return node.copy() if binds_tighter else exp.Paren(this=node.copy())


def _median(node: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this="MEDIAN", expressions=[node.this.copy()])


def _interval(node: exp.Expr) -> exp.Expr | None:
    """`INTERVAL(n, 5, 10)` is a function call, not a time interval."""
    if node.args.get("unit") or not isinstance(node.this, exp.Tuple):
        return None
    return exp.Anonymous(this="INTERVAL", expressions=[part.copy() for part in node.this.expressions])


def _to_char(node: exp.Expr) -> exp.Expr | None:
    """`TO_CHAR(x, format)` of MariaDB; sqlglot would drop the format."""
    style = node.args.get("format")
    return exp.Anonymous(this="TO_CHAR", expressions=[node.this.copy(), style.copy()]) if style else None


# Nodes that bind tighter than REGEXP, and those that bind looser.
_BINDS_TIGHTER = (exp.Column, exp.Literal, exp.Paren, exp.Func, exp.Subquery)
_BINDS_LOOSER = (exp.And, exp.Or, exp.Not, exp.Where, exp.Having, exp.Paren, exp.Select, exp.Alias)
_REWRITES: dict[Dialect, dict[type[exp.Expr], Callable[[exp.Expr], exp.Expr | None]]] = {
    "postgres": {exp.Hex: _to_hex, exp.Log: _log10},
    "mysql": {
        exp.RegexpLike: _regexp,
        exp.Median: _median,
        exp.Interval: _interval,
        exp.ToChar: _to_char,
    },
}

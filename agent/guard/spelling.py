"""Where sqlglot prints a call that the engine does not know, the spelling that it does."""

from collections.abc import Callable

from sqlglot import exp

from store.catalog import Dialect


def respell(tree: exp.Expr, dialect: Dialect) -> exp.Expr:
    """Replace what would be misprinted. What comes out is read and judged again like any other text."""
    if dialect == "postgres":
        for node in list(tree.find_all(exp.Hex, exp.Log)):
            better = _POSTGRES[type(node)](node)
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


_POSTGRES: dict[type[exp.Expr], Callable[[exp.Expr], exp.Expr | None]] = {exp.Hex: _to_hex, exp.Log: _log10}

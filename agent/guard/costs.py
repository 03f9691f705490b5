"""What is harmless and yet would keep a database busy for ever, or fill its memory."""

from sqlglot import exp

from store.catalog import Dialect


def check_costs(tree: exp.Expr, dialect: Dialect) -> None:
    """x."""

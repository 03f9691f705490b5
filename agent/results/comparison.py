"""Tells whether two queries brought the same, so that drafts can vote by their results."""

from collections.abc import Hashable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlglot import exp, parse_one

from store.access.approved_query import Approved
from store.rows import Rows

# Sums of the same numbers in another order differ in the last digits.
DIGITS = ".9g"


def result_key(rows: Rows, ordered: bool) -> Hashable:
    """A value that is equal for equal results: the same rows as often, columns in any order, by any name.

    The order of the rows counts where it was asked for.
    """
    cells = [tuple(_cell(value) for value in row) for row in rows.values]
    columns = sorted(range(len(rows.columns)), key=lambda at: sorted(row[at] for row in cells))
    arranged = [tuple(row[at] for at in columns) for row in cells]
    return len(rows.columns), rows.truncated, tuple(arranged if ordered else sorted(arranged))


def is_ordered(approved: Approved) -> bool:
    """Whether a query asks for its rows in an order."""
    return _tree(approved).args.get("order") is not None


def count_joins(approved: Approved) -> int:
    """How many joins a query makes, wherever in it."""
    return sum(1 for _ in _tree(approved).find_all(exp.Join))


def _tree(approved: Approved) -> exp.Expr:
    return parse_one(approved.shown_sql, read=approved.dialect)


def _cell(value: Any) -> tuple[str, str]:
    """A value as it compares: 1, 1.0 and Decimal("1.00") are one number, and anything sorts with anything."""
    match value:
        case None:
            return "", ""
        case bool():
            return "number", format(int(value), DIGITS)
        case int() | float() | Decimal():
            return "number", format(float(value) + 0.0, DIGITS)
        case datetime() | date():
            return "text", value.isoformat()
        case _:
            return "text", str(value)

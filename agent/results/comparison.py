"""Result comparison: decides whether two queries returned the same result.

Used to let candidate queries vote, and to measure execution accuracy against reference results.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from store.rows import Rows, as_json

Row = Sequence[Any]
ColumnValues = tuple[Any, ...]

# Numbers this close are equal: engines differ in the rounding of sums.
ABSOLUTE_TOLERANCE = 1e-6
# For large numbers: the precision of a float.
RELATIVE_TOLERANCE = 1e-12
# Limit of the column matching search; only results with many nearly equal columns would need more.
MAX_COLUMN_MATCHES = 20_000
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")


def same_result(result: Rows, other: Rows, *, ordered: bool) -> bool:
    """Check whether two results of a database are the same; a truncated one never equals a complete one."""
    return result.truncated == other.truncated and same_rows(
        _json_rows(result), _json_rows(other), ordered=ordered
    )


def same_rows(
    rows: Sequence[Row], gold_rows: Sequence[Row], *, ordered: bool, more_columns: bool = False
) -> bool:
    """Check whether two results have the same multiset of rows, in any order of columns.

    The order of rows matters if `ordered`; with `more_columns` the result may have additional columns.
    Numbers are equal within 1e-6, whatever their type; text never equals a number. Two empty results are
    equal, whatever their columns.
    """
    if len(rows) != len(gold_rows) or not gold_rows:
        return len(rows) == len(gold_rows)
    if len(rows[0]) < len(gold_rows[0]) or (len(rows[0]) > len(gold_rows[0]) and not more_columns):
        return False
    numbers = _canonical_numbers([*rows, *gold_rows])
    columns = list(zip(*(_normalize_row(row, numbers) for row in rows), strict=True))
    gold_columns = list(zip(*(_normalize_row(row, numbers) for row in gold_rows), strict=True))
    return _ColumnMatcher(columns, gold_columns, ordered).exists()


def is_ordered(sql: str, dialect: str) -> bool:
    """Check whether the outermost query has an ORDER BY."""
    try:
        tree = sqlglot.parse_one(sql, dialect=dialect)
    except SqlglotError:
        return " order by " in f" {' '.join(sql.lower().split())} "
    return isinstance(tree, exp.Query) and tree.args.get("order") is not None


def count_joins(sql: str, dialect: str) -> int:
    """Count the joins of a query, including those in sub-queries."""
    return sum(1 for _ in sqlglot.parse_one(sql, dialect=dialect).find_all(exp.Join))


class _ColumnMatcher:
    """Backtracking search for a mapping of gold columns to result columns that makes whole rows equal."""

    def __init__(self, columns: list[ColumnValues], gold_columns: list[ColumnValues], ordered: bool) -> None:
        self._columns = columns
        self._gold_columns = gold_columns
        self._collect = list if ordered else Counter
        self._remaining_tries = MAX_COLUMN_MATCHES
        contents = [Counter(column) for column in columns]
        # Only columns with the same multiset of values can match.
        self._candidates = [
            [number for number, content in enumerate(contents) if content == Counter(goal)]
            for goal in gold_columns
        ]

    def exists(self) -> bool:
        """Check whether a mapping exists."""
        return self._extend(())

    def _extend(self, chosen: tuple[int, ...]) -> bool:
        if len(chosen) == len(self._gold_columns):
            return True
        for number in self._distinct(len(chosen), chosen):
            self._remaining_tries -= 1
            if self._remaining_tries < 0:
                return False
            longer = (*chosen, number)
            if self._agrees(longer) and self._extend(longer):
                return True
        return False

    def _distinct(self, gold_column: int, chosen: tuple[int, ...]) -> Iterator[int]:
        """Yield candidate columns; of identical columns only the first."""
        seen_columns: set[ColumnValues] = set()
        for number in self._candidates[gold_column]:
            if number not in chosen and self._columns[number] not in seen_columns:
                seen_columns.add(self._columns[number])
                yield number

    def _agrees(self, chosen: tuple[int, ...]) -> bool:
        rows = zip(*(self._columns[number] for number in chosen), strict=True)
        gold_rows = zip(*self._gold_columns[: len(chosen)], strict=True)
        return self._collect(rows) == self._collect(gold_rows)


def _json_rows(rows: Rows) -> list[Row]:
    return [[as_json(value) for value in row] for row in rows.values]


def _canonical_numbers(rows: Sequence[Row]) -> Mapping[float, float]:
    """Map each number in the rows to a representative shared by all numbers within the tolerance.

    Pairwise comparison would not suffice: rows are counted in a multiset, which needs exact equality.
    """
    numbers = sorted({float(value) for row in rows for value in row if _is_number(value)})
    representatives: dict[float, float] = {}
    last = first = math.nan
    for number in numbers:
        if not number - last <= max(ABSOLUTE_TOLERANCE, RELATIVE_TOLERANCE * abs(number)):
            first = number
        last = number
        representatives[number] = first
    return representatives


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _normalize_row(row: Row, numbers: Mapping[float, float]) -> Row:
    return [numbers[float(value)] if _is_number(value) else _hashable(value) for value in row]


def _hashable(value: Any) -> Any:
    """Make a value hashable: lists and objects as text, timestamps without the `T` of some engines."""
    match value:
        case list() | dict():
            return repr(value)
        case str() if _TIMESTAMP.match(value):
            return value.replace("T", " ", 1)
    return value

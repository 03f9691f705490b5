"""When two results are the same: execution accuracy, as published for questions with known queries."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

Row = Sequence[Any]
Column = tuple[Any, ...]

# How far apart two numbers may be and still be one: what engines lose while adding up.
NEAR = 1e-6
# Of large numbers the last digits a float can hold.
NEAR_SHARE = 1e-12
# Ways of pairing columns that are tried; only results of many columns with nearly the same values need more.
MOST_PAIRINGS = 20_000
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")


def same_rows(ours: Sequence[Row], gold: Sequence[Row], *, ordered: bool, more_columns: bool = False) -> bool:
    """Say whether two results agree: the same rows as often, in any order of columns.

    The order of rows counts where `ordered`; with `more_columns` ours may have columns besides. Numbers agree
    within 1e-6, whatever their type; a text is never equal to a number. Two results without rows agree,
    whatever their columns.
    """
    if len(ours) != len(gold) or not gold:
        return len(ours) == len(gold)
    if len(ours[0]) < len(gold[0]) or (len(ours[0]) > len(gold[0]) and not more_columns):
        return False
    numbers = _one_of_each([*ours, *gold])
    given = list(zip(*(_plain(row, numbers) for row in ours), strict=True))
    goals = list(zip(*(_plain(row, numbers) for row in gold), strict=True))
    return _Pairing(given, goals, ordered).exists()


def is_ordered(sql: str, dialect: str) -> bool:
    """Say whether a query as a whole, and not only a part of it, sorts its rows."""
    try:
        tree = sqlglot.parse_one(sql, dialect=dialect)
    except SqlglotError:
        return " order by " in f" {' '.join(sql.lower().split())} "
    return isinstance(tree, exp.Query) and tree.args.get("order") is not None


class _Pairing:
    """Looks for a column of ours for each column of the gold, so that whole rows agree."""

    def __init__(self, given: list[Column], goals: list[Column], ordered: bool) -> None:
        self._given = given
        self._goals = goals
        self._arrange = list if ordered else Counter
        self._tries = MOST_PAIRINGS
        contents = [Counter(column) for column in given]
        # Only columns that hold the same values, rows aside, can stand for one another.
        self._alike = [
            [number for number, held in enumerate(contents) if held == Counter(goal)] for goal in goals
        ]

    def exists(self) -> bool:
        """Say whether there is one."""
        return self._extend(())

    def _extend(self, chosen: tuple[int, ...]) -> bool:
        if len(chosen) == len(self._goals):
            return True
        for number in self._distinct(len(chosen), chosen):
            self._tries -= 1
            if self._tries < 0:
                return False
            longer = (*chosen, number)
            if self._agrees(longer) and self._extend(longer):
                return True
        return False

    def _distinct(self, goal: int, chosen: tuple[int, ...]) -> Iterator[int]:
        """The columns that may be next; of those that are equal row for row only the first."""
        seen: set[Column] = set()
        for number in self._alike[goal]:
            if number not in chosen and self._given[number] not in seen:
                seen.add(self._given[number])
                yield number

    def _agrees(self, chosen: tuple[int, ...]) -> bool:
        ours = zip(*(self._given[number] for number in chosen), strict=True)
        gold = zip(*self._goals[: len(chosen)], strict=True)
        return self._arrange(ours) == self._arrange(gold)


def _one_of_each(rows: Sequence[Row]) -> Mapping[float, float]:
    """For each number in the rows the one that stands for it and for all that are near it.

    Comparing in pairs would not be enough: rows are counted, and for that near has to be equal.
    """
    found = sorted({float(value) for row in rows for value in row if _is_number(value)})
    standing: dict[float, float] = {}
    last = first = math.nan
    for number in found:
        if not number - last <= max(NEAR, NEAR_SHARE * abs(number)):
            first = number
        last = number
        standing[number] = first
    return standing


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _plain(row: Row, numbers: Mapping[float, float]) -> Row:
    return [numbers[float(value)] if _is_number(value) else _as_key(value) for value in row]


def _as_key(value: Any) -> Any:
    """What can be counted: lists and objects as text, a moment without the T some engines write into it."""
    match value:
        case list() | dict():
            return repr(value)
        case str() if _MOMENT.match(value):
            return value.replace("T", " ", 1)
    return value

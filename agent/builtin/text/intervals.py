"""Stretches of time: from a day, before a day."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from agent.builtin.text.tokenizer import Token

LAST = frozenset({"last", "previous", "past", "preceding"})
THIS = frozenset({"this", "current"})
YEAR = re.compile(r"(1[5-9]|20)\d\d$")


@dataclass(frozen=True, slots=True)
class Period:
    """From `start`, before `end`, said by the tokens `[first, last)`. `bare`: only a year in digits."""

    first: int
    last: int
    start: date | None
    end: date | None
    words: str
    bare: bool = False
    # What stands before it decides how it is used: `since`, `before`, `after`, `until`.
    relation: str = ""

    @property
    def is_years(self) -> bool:
        """Whether it begins and ends with a year, so that it also fits a column of year numbers."""
        ends = [end for end in (self.start, self.end) if end]
        return all(end.month == 1 and end.day == 1 for end in ends)


def next_month(day: date, count: int = 1) -> date:
    """The first of the month that is `count` months after a day's month."""
    months = day.year * 12 + day.month - 1 + count
    return date(months // 12, months % 12 + 1, 1)


def unit_around(day: date, unit: str) -> tuple[date, date]:
    """The day, week (from Monday), month, quarter or year in which a day lies."""
    if unit == "day":
        return day, day + timedelta(days=1)
    if unit == "week":
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=7)
    if unit == "month":
        start = day.replace(day=1)
        return start, next_month(start)
    if unit == "quarter":
        start = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
        return start, next_month(start, 3)
    return date(day.year, 1, 1), date(day.year + 1, 1, 1)


def back_from(today: date, unit: str, count: int) -> date:
    """The same day so many units earlier."""
    if unit in {"day", "week"}:
        return today - timedelta(days=count * (7 if unit == "week" else 1))
    months = count * {"month": 1, "quarter": 3, "year": 12}[unit]
    start = next_month(today, -months)
    last = (next_month(start) - timedelta(days=1)).day
    return start.replace(day=min(today.day, last))


def word_at(tokens: Sequence[Token], at: int) -> str:
    """The word at a place, or nothing beyond the ends."""
    return tokens[at].plain if 0 <= at < len(tokens) else ""

"""Time intervals and calendar arithmetic."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from schema_docs.text.tokenizer import Token

LAST_WORDS = frozenset({"last", "previous", "past", "preceding"})
THIS_WORDS = frozenset({"this", "current"})
YEAR_PATTERN = re.compile(r"(1[5-9]|20)\d\d$")


@dataclass(frozen=True, slots=True)
class Period:
    """Half-open interval of days, expressed by the tokens `[first_token, end_token)`.

    `bare_year` marks a year in digits alone, which may also be a plain number.
    """

    first_token: int
    end_token: int
    start: date | None
    end: date | None
    words: str
    bare_year: bool = False
    # The preposition before it: `since`, `before`, `after`, `until`, `between`.
    relation: str = ""

    @property
    def is_years(self) -> bool:
        """Whether both ends are the first of January, so that the interval fits a column of years."""
        bounds = [bound for bound in (self.start, self.end) if bound]
        return all(bound.month == 1 and bound.day == 1 for bound in bounds)


def next_month(day: date, count: int = 1) -> date:
    """Return the first day of the month that is `count` months after a day's month."""
    months = day.year * 12 + day.month - 1 + count
    return date(months // 12, months % 12 + 1, 1)


def unit_around(day: date, unit: str) -> tuple[date, date]:
    """Return the bounds of the day, week (from Monday), month, quarter or year that contains a day."""
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


def subtract_units(today: date, unit: str, count: int) -> date:
    """Return the same day `count` units earlier, or the last day of a shorter month."""
    try:
        if unit in {"day", "week"}:
            return today - timedelta(days=count * (7 if unit == "week" else 1))
        months = count * {"month": 1, "quarter": 3, "year": 12}[unit]
        start = next_month(today, -months)
    except (OverflowError, ValueError):
        # `the last 100000 years` reach back beyond the calendar.
        return date.min
    last_day = (next_month(start) - timedelta(days=1)).day
    return start.replace(day=min(today.day, last_day))


def word_at(tokens: Sequence[Token], position: int) -> str:
    """Return the word at a position, or an empty string beyond the ends."""
    return tokens[position].plain if 0 <= position < len(tokens) else ""

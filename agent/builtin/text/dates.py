"""Date parser: days, months, quarters and years such as `5 March 2025`, `Q1`, `the 1990s`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from schema_docs.text.identifiers import ORDINALS
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


MONTHS = {
    name: number + 1
    for number, names in enumerate(
        (
            "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul",
            "august aug", "september sep sept", "october oct", "november nov", "december dec",
        )
    )
    for name in names.split()
}  # fmt: skip


# Month names that are also everyday words count only next to a year, a day or a preposition.
_AMBIGUOUS_MONTHS = frozenset({"may", "march", "mar", "jan", "dec", "sep", "jun"})


_BEFORE_MONTHS = frozenset({"in", "during", "since", "of", "for", "about", "until", "and", "to"})


_ISO = re.compile(r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?(?:[ t].*)?$")


_DECADE = re.compile(r"((?:1[5-9]|20)\d0)s$")


_QUARTER = re.compile(r"q([1-4])$")


def parse_iso_date(tokens: Sequence[Token], position: int, today: date) -> Period | None:
    """Parse `2025-03-01` or `2025-03`."""
    match = _ISO.match(word_at(tokens, position))
    if not match:
        return None
    year, month, day = (int(part) if part else None for part in match.groups())
    try:
        start = date(year or 1, month or 1, day or 1)
        end = start + timedelta(days=1) if day else next_month(start)
    except (ValueError, OverflowError):
        return None
    return Period(position, position + 1, start, end, word_at(tokens, position))


def parse_month(tokens: Sequence[Token], position: int, today: date) -> Period | None:
    """Parse `March 2025`, `March of 2025`, `in March`, `March 5, 2025`, `5 March 2025`, `5th of March`."""
    month_position = position + 1 + (word_at(tokens, position + 1) == "of")
    month = MONTHS.get(word_at(tokens, month_position))
    if month and (day := _day_number(tokens, position)):
        return _day_of_month(tokens, position, month_position + 1, (month, day), today)
    month = MONTHS.get(word_at(tokens, position))
    if not month:
        return None
    after = position + 1
    if (day := _day_number(tokens, after)) and not YEAR_PATTERN.match(word_at(tokens, after)):
        return _day_of_month(tokens, position, after + 1, (month, day), today)
    if word_at(tokens, after) in {"of", ","}:
        after += 1
    if YEAR_PATTERN.match(word_at(tokens, after)):
        start = date(int(word_at(tokens, after)), month, 1)
        return Period(position, after + 1, start, next_month(start), f"{tokens[position].text} {start.year}")
    ambiguous = word_at(tokens, position) in _AMBIGUOUS_MONTHS
    if ambiguous and word_at(tokens, position - 1) not in _BEFORE_MONTHS:
        return None
    return parse_bare_month(tokens, position, today)


def parse_bare_month(tokens: Sequence[Token], position: int, today: date) -> Period | None:
    """Parse a month without a year: the latest one that has begun."""
    month = MONTHS.get(word_at(tokens, position))
    if not month:
        return None
    start = date(today.year if month <= today.month else today.year - 1, month, 1)
    return Period(position, position + 1, start, next_month(start), f"{tokens[position].text} {start.year}")


def _day_number(tokens: Sequence[Token], position: int) -> int:
    match = re.match(r"(\d{1,2})(?:st|nd|rd|th)?$", word_at(tokens, position))
    return int(match.group(1)) if match and 1 <= int(match.group(1)) <= 31 else 0


def _day_of_month(
    tokens: Sequence[Token], first: int, after: int, month_and_day: tuple[int, int], today: date
) -> Period | None:
    month, day = month_and_day
    year_position = after + (word_at(tokens, after) in {",", "of"})
    year = int(word_at(tokens, year_position)) if YEAR_PATTERN.match(word_at(tokens, year_position)) else None
    try:
        start = date(year or today.year, month, day)
    except ValueError:
        return None
    if year is None and start > today:
        start = start.replace(year=today.year - 1)
    return Period(
        first, year_position + 1 if year else after, start, start + timedelta(days=1), start.isoformat()
    )


def parse_quarter(tokens: Sequence[Token], position: int, today: date) -> Period | None:
    """Parse `Q1 2025`, `the first quarter of 2025`, `third quarter`."""
    match = _QUARTER.match(word_at(tokens, position))
    number, after = (int(match.group(1)), position + 1) if match else (0, position)
    if not number and tokens[position].plain in ORDINALS and word_at(tokens, position + 1) == "quarter":
        number, after = ORDINALS[tokens[position].plain], position + 2
    if not 1 <= number <= 4:
        return None
    after += word_at(tokens, after) in {"of", "in"}
    explicit = YEAR_PATTERN.match(word_at(tokens, after))
    if word_at(tokens, after) in LAST_WORDS | THIS_WORDS and word_at(tokens, after + 1) == "year":
        year, after = today.year - (word_at(tokens, after) in LAST_WORDS), after + 2
    else:
        year, after = (int(word_at(tokens, after)), after + 1) if explicit else (today.year, after)
    start = date(year, 3 * number - 2, 1)
    if start > today and not explicit:
        start = start.replace(year=year - 1)
    return Period(position, after, start, next_month(start, 3), f"Q{number} {start.year}")


def parse_year(tokens: Sequence[Token], position: int, today: date) -> Period | None:
    """Parse `2025` or `the 1990s`."""
    word = word_at(tokens, position)
    if decade := _DECADE.match(word):
        first = int(decade.group(1))
        return Period(position, position + 1, date(first, 1, 1), date(first + 10, 1, 1), word)
    if not YEAR_PATTERN.match(word):
        return None
    year = int(word)
    return Period(position, position + 1, date(year, 1, 1), date(year + 1, 1, 1), word, bare_year=True)

"""Dates and periods, relative to a given today. A period goes from its start to before its end."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from agent.builtin.numbers import ORDINALS, read_number
from agent.builtin.tokens import Token

_MONTHS = {
    name: number + 1
    for number, names in enumerate(
        (
            "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul",
            "august aug", "september sep sept", "october oct", "november nov", "december dec",
        )
    )
    for name in names.split()
}  # fmt: skip
# Months that are also everyday words count only next to a year, a day or a preposition.
_DOUBTFUL = frozenset({"may", "march", "mar", "jan", "dec", "sep", "jun"})
_UNITS = {"day": "day", "week": "week", "month": "month", "quarter": "quarter", "year": "year"}
_LAST = frozenset({"last", "previous", "past", "preceding"})
_THIS = frozenset({"this", "current"})
_ISO = re.compile(r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?(?:[ t].*)?$")
_YEAR = re.compile(r"(1[5-9]|20)\d\d$")
_DECADE = re.compile(r"((?:1[5-9]|20)\d0)s$")
_QUARTER = re.compile(r"q([1-4])$")


@dataclass(frozen=True, slots=True)
class Period:
    """From `start`, before `end`, said by the tokens `[first, last)`. `bare`: nothing but a year in digits."""

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


def find_periods(tokens: Sequence[Token], today: date) -> tuple[Period, ...]:
    """Read all periods in a question, longest first at each place."""
    found: list[Period] = []
    at = 0
    while at < len(tokens):
        period = _related(tokens, at, today) or _plain(tokens, at, today)
        if period:
            found.append(period)
            at = period.last
        else:
            at += 1
    return tuple(found)


def next_month(day: date, count: int = 1) -> date:
    """The first of the month that is `count` months after a day's month."""
    months = day.year * 12 + day.month - 1 + count
    return date(months // 12, months % 12 + 1, 1)


def _word(tokens: Sequence[Token], at: int) -> str:
    return tokens[at].plain if 0 <= at < len(tokens) else ""


def _related(tokens: Sequence[Token], at: int, today: date) -> Period | None:
    """`since 2024`, `before March 2025`, `between 2023 and 2024`, `from May to July 2025`."""
    word = _word(tokens, at)
    if word in {"between", "from"}:
        return _from_to(tokens, at, today)
    if word not in {"since", "before", "after", "until", "till"}:
        return None
    skip = 1
    while _word(tokens, at + skip) in {"the", "year", "end", "of", "beginning", "start"}:
        skip += 1
    period = _plain(tokens, at + skip, today)
    if not period:
        return None
    start, end = {
        "since": (period.start, None),
        "after": (period.end, None),
        "before": (None, period.start),
    }.get(word, (None, period.end))
    words = f"{word} {period.words}"
    return replace(period, first=at, start=start, end=end, words=words, relation=word)


def _from_to(tokens: Sequence[Token], at: int, today: date) -> Period | None:
    middle = {"between": {"and"}, "from": {"to", "until", "till", "through"}}[_word(tokens, at)]
    first = _plain(tokens, at + 1 + _articles(tokens, at + 1), today) or _lonely_month(tokens, at + 1, today)
    if not first or _word(tokens, first.last) not in middle:
        return None
    after = first.last + 1
    second = _plain(tokens, after + _articles(tokens, after), today) or _lonely_month(tokens, after, today)
    if not second:
        return None
    start, end = first.start, second.end
    if start and end and start >= end:
        start = start.replace(year=end.year - (1 if start.month >= end.month else 0))
    words = f"from {first.words} to {second.words}"
    return Period(at, second.last, start, end, words, first.bare and second.bare, "between")


def _articles(tokens: Sequence[Token], at: int) -> int:
    count = 0
    while _word(tokens, at + count) in {"the", "year", "years"}:
        count += 1
    return count


def _plain(tokens: Sequence[Token], at: int, today: date) -> Period | None:
    if at >= len(tokens):
        return None
    for read in _READERS:
        if period := read(tokens, at, today):
            return period
    return None


def _named_day(tokens: Sequence[Token], at: int, today: date) -> Period | None:
    ago = {"today": 0, "yesterday": 1}.get(_word(tokens, at))
    if ago is None:
        return None
    day = today - timedelta(days=ago)
    return Period(at, at + 1, day, day + timedelta(days=1), _word(tokens, at))


def _relative(tokens: Sequence[Token], at: int, today: date) -> Period | None:
    """`last month`, `this year`, `the last 30 days`, `past year`, `3 months ago`."""
    word = _word(tokens, at)
    if word not in _LAST | _THIS:
        return None
    number = read_number(tokens, at + 1) if at + 1 < len(tokens) else None
    unit_at = number.end if number else at + 1
    unit = _UNITS.get(tokens[unit_at].lemma) if unit_at < len(tokens) else None
    if not unit:
        return _last_named(tokens, at, today)
    words = " ".join(token.plain for token in tokens[at : unit_at + 1])
    if number:
        return Period(
            at, unit_at + 1, _back(today, unit, int(number.value)), today + timedelta(days=1), words
        )
    if word == "past":
        return Period(at, unit_at + 1, _back(today, unit, 1), today + timedelta(days=1), words)
    start, end = unit_around(today, unit)
    if word in _LAST:
        start, end = unit_around(start - timedelta(days=1), unit)
    return Period(at, unit_at + 1, start, end, words)


def _last_named(tokens: Sequence[Token], at: int, today: date) -> Period | None:
    """`last March`, `this July`."""
    month = _MONTHS.get(_word(tokens, at + 1))
    if not month:
        return None
    year = today.year if month <= today.month and _word(tokens, at) in _THIS else None
    if year is None:
        year = today.year if month < today.month else today.year - 1
    start = date(year, month, 1)
    return Period(at, at + 2, start, next_month(start), f"{tokens[at + 1].text} {year}")


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


def _back(today: date, unit: str, count: int) -> date:
    if unit in {"day", "week"}:
        return today - timedelta(days=count * (7 if unit == "week" else 1))
    months = count * {"month": 1, "quarter": 3, "year": 12}[unit]
    start = next_month(today, -months)
    last = (next_month(start) - timedelta(days=1)).day
    return start.replace(day=min(today.day, last))


def _iso(tokens: Sequence[Token], at: int, today: date) -> Period | None:
    match = _ISO.match(_word(tokens, at))
    if not match:
        return None
    year, month, day = (int(part) if part else None for part in match.groups())
    try:
        start = date(year or 1, month or 1, day or 1)
    except ValueError:
        return None
    end = start + timedelta(days=1) if day else next_month(start)
    return Period(at, at + 1, start, end, _word(tokens, at))


def _month(tokens: Sequence[Token], at: int, today: date) -> Period | None:
    """`March 2025`, `March of 2025`, `in March`, `March 5, 2025`, `5 March 2025`, `5th of March`."""
    if _day_number(tokens, at) and _MONTHS.get(_word(tokens, at + 1 + (_word(tokens, at + 1) == "of"))):
        month_at = at + 1 + (_word(tokens, at + 1) == "of")
        return _day_of_month(
            tokens, at, month_at + 1, (_MONTHS[_word(tokens, month_at)], _day_number(tokens, at)), today
        )
    month = _MONTHS.get(_word(tokens, at))
    if not month:
        return None
    after = at + 1
    if (day := _day_number(tokens, after)) and not _YEAR.match(_word(tokens, after)):
        return _day_of_month(tokens, at, after + 1, (month, day), today)
    if _word(tokens, after) in {"of", ","}:
        after += 1
    if _YEAR.match(_word(tokens, after)):
        start = date(int(_word(tokens, after)), month, 1)
        return Period(at, after + 1, start, next_month(start), f"{tokens[at].text} {start.year}")
    if _word(tokens, at) in _DOUBTFUL and _word(tokens, at - 1) not in {
        "in",
        "during",
        "since",
        "of",
        "for",
        "about",
        "until",
        "and",
        "to",
    }:
        return None
    return _lonely_month(tokens, at, today)


def _lonely_month(tokens: Sequence[Token], at: int, today: date) -> Period | None:
    """A month without a year is the last one that has begun."""
    month = _MONTHS.get(_word(tokens, at))
    if not month:
        return None
    start = date(today.year if month <= today.month else today.year - 1, month, 1)
    return Period(at, at + 1, start, next_month(start), f"{tokens[at].text} {start.year}")


def _day_number(tokens: Sequence[Token], at: int) -> int:
    match = re.match(r"(\d{1,2})(?:st|nd|rd|th)?$", _word(tokens, at))
    return int(match.group(1)) if match and 1 <= int(match.group(1)) <= 31 else 0


def _day_of_month(
    tokens: Sequence[Token], first: int, after: int, month_and_day: tuple[int, int], today: date
) -> Period | None:
    month, day = month_and_day
    year_at = after + (_word(tokens, after) in {",", "of"})
    year = int(_word(tokens, year_at)) if _YEAR.match(_word(tokens, year_at)) else None
    try:
        start = date(year or today.year, month, day)
    except ValueError:
        return None
    if year is None and start > today:
        start = start.replace(year=today.year - 1)
    return Period(first, year_at + 1 if year else after, start, start + timedelta(days=1), start.isoformat())


def _quarter(tokens: Sequence[Token], at: int, today: date) -> Period | None:
    """`Q1 2025`, `the first quarter of 2025`, `third quarter`."""
    match = _QUARTER.match(_word(tokens, at))
    number, after = (int(match.group(1)), at + 1) if match else (0, at)
    if not number and tokens[at].plain in ORDINALS and _word(tokens, at + 1) == "quarter":
        number, after = ORDINALS[tokens[at].plain], at + 2
    if not 1 <= number <= 4:
        return None
    after += _word(tokens, after) in {"of", "in"}
    explicit = _YEAR.match(_word(tokens, after))
    if _word(tokens, after) in _LAST | _THIS and _word(tokens, after + 1) == "year":
        year, after = today.year - (_word(tokens, after) in _LAST), after + 2
    else:
        year, after = (int(_word(tokens, after)), after + 1) if explicit else (today.year, after)
    start = date(year, 3 * number - 2, 1)
    if start > today and not explicit:
        start = start.replace(year=year - 1)
    return Period(at, after, start, next_month(start, 3), f"Q{number} {start.year}")


def _year(tokens: Sequence[Token], at: int, today: date) -> Period | None:
    word = _word(tokens, at)
    if decade := _DECADE.match(word):
        first = int(decade.group(1))
        return Period(at, at + 1, date(first, 1, 1), date(first + 10, 1, 1), word)
    if not _YEAR.match(word):
        return None
    year = int(word)
    return Period(at, at + 1, date(year, 1, 1), date(year + 1, 1, 1), word, bare=True)


_Reader = Callable[[Sequence[Token], int, date], Period | None]
_READERS: tuple[_Reader, ...] = (_named_day, _relative, _iso, _month, _quarter, _year)

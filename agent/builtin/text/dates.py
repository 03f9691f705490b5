"""Read days, months, quarters and years by their names: `5 March 2025`, `Q1`, `the 1990s`."""

import re
from collections.abc import Sequence
from datetime import date, timedelta

from agent.builtin.text.intervals import LAST, THIS, YEAR, Period, next_month, word_at
from agent.builtin.text.numbers import ORDINALS
from agent.builtin.text.tokenizer import Token

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


# Months that are also everyday words count only next to a year, a day or a preposition.
_DOUBTFUL = frozenset({"may", "march", "mar", "jan", "dec", "sep", "jun"})


_ISO = re.compile(r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?(?:[ t].*)?$")


_DECADE = re.compile(r"((?:1[5-9]|20)\d0)s$")


_QUARTER = re.compile(r"q([1-4])$")


def read_iso(tokens: Sequence[Token], at: int, today: date) -> Period | None:
    """Read `2025-03-01` or `2025-03`."""
    match = _ISO.match(word_at(tokens, at))
    if not match:
        return None
    year, month, day = (int(part) if part else None for part in match.groups())
    try:
        start = date(year or 1, month or 1, day or 1)
    except ValueError:
        return None
    end = start + timedelta(days=1) if day else next_month(start)
    return Period(at, at + 1, start, end, word_at(tokens, at))


def read_month(tokens: Sequence[Token], at: int, today: date) -> Period | None:
    """`March 2025`, `March of 2025`, `in March`, `March 5, 2025`, `5 March 2025`, `5th of March`."""
    if _day_number(tokens, at) and MONTHS.get(word_at(tokens, at + 1 + (word_at(tokens, at + 1) == "of"))):
        month_at = at + 1 + (word_at(tokens, at + 1) == "of")
        return _day_of_month(
            tokens, at, month_at + 1, (MONTHS[word_at(tokens, month_at)], _day_number(tokens, at)), today
        )
    month = MONTHS.get(word_at(tokens, at))
    if not month:
        return None
    after = at + 1
    if (day := _day_number(tokens, after)) and not YEAR.match(word_at(tokens, after)):
        return _day_of_month(tokens, at, after + 1, (month, day), today)
    if word_at(tokens, after) in {"of", ","}:
        after += 1
    if YEAR.match(word_at(tokens, after)):
        start = date(int(word_at(tokens, after)), month, 1)
        return Period(at, after + 1, start, next_month(start), f"{tokens[at].text} {start.year}")
    if word_at(tokens, at) in _DOUBTFUL and word_at(tokens, at - 1) not in {
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
    return lonely_month(tokens, at, today)


def lonely_month(tokens: Sequence[Token], at: int, today: date) -> Period | None:
    """A month without a year is the last one that has begun."""
    month = MONTHS.get(word_at(tokens, at))
    if not month:
        return None
    start = date(today.year if month <= today.month else today.year - 1, month, 1)
    return Period(at, at + 1, start, next_month(start), f"{tokens[at].text} {start.year}")


def _day_number(tokens: Sequence[Token], at: int) -> int:
    match = re.match(r"(\d{1,2})(?:st|nd|rd|th)?$", word_at(tokens, at))
    return int(match.group(1)) if match and 1 <= int(match.group(1)) <= 31 else 0


def _day_of_month(
    tokens: Sequence[Token], first: int, after: int, month_and_day: tuple[int, int], today: date
) -> Period | None:
    month, day = month_and_day
    year_at = after + (word_at(tokens, after) in {",", "of"})
    year = int(word_at(tokens, year_at)) if YEAR.match(word_at(tokens, year_at)) else None
    try:
        start = date(year or today.year, month, day)
    except ValueError:
        return None
    if year is None and start > today:
        start = start.replace(year=today.year - 1)
    return Period(first, year_at + 1 if year else after, start, start + timedelta(days=1), start.isoformat())


def read_quarter(tokens: Sequence[Token], at: int, today: date) -> Period | None:
    """`Q1 2025`, `the first quarter of 2025`, `third quarter`."""
    match = _QUARTER.match(word_at(tokens, at))
    number, after = (int(match.group(1)), at + 1) if match else (0, at)
    if not number and tokens[at].plain in ORDINALS and word_at(tokens, at + 1) == "quarter":
        number, after = ORDINALS[tokens[at].plain], at + 2
    if not 1 <= number <= 4:
        return None
    after += word_at(tokens, after) in {"of", "in"}
    explicit = YEAR.match(word_at(tokens, after))
    if word_at(tokens, after) in LAST | THIS and word_at(tokens, after + 1) == "year":
        year, after = today.year - (word_at(tokens, after) in LAST), after + 2
    else:
        year, after = (int(word_at(tokens, after)), after + 1) if explicit else (today.year, after)
    start = date(year, 3 * number - 2, 1)
    if start > today and not explicit:
        start = start.replace(year=year - 1)
    return Period(at, after, start, next_month(start, 3), f"Q{number} {start.year}")


def read_year(tokens: Sequence[Token], at: int, today: date) -> Period | None:
    """Read `2025` or `the 1990s`."""
    word = word_at(tokens, at)
    if decade := _DECADE.match(word):
        first = int(decade.group(1))
        return Period(at, at + 1, date(first, 1, 1), date(first + 10, 1, 1), word)
    if not YEAR.match(word):
        return None
    year = int(word)
    return Period(at, at + 1, date(year, 1, 1), date(year + 1, 1, 1), word, bare=True)

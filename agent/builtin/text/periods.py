"""Dates and periods, relative to a given today. A period goes from its start to before its end."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from agent.builtin.text.dates import MONTHS, lonely_month, read_iso, read_month, read_quarter, read_year
from agent.builtin.text.intervals import LAST, THIS, Period, back_from, next_month, unit_around, word_at
from agent.builtin.text.numbers import read_number
from agent.builtin.text.tokenizer import Token

_WITH_ITSELF = {"after": "since", "before": "until"}
_UNITS = {"day": "day", "week": "week", "month": "month", "quarter": "quarter", "year": "year"}


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


def _related(tokens: Sequence[Token], at: int, today: date) -> Period | None:
    """`since 2024`, `before March 2025`, `between 2023 and 2024`, `from May to July 2025`."""
    word = word_at(tokens, at)
    if word in {"between", "from"}:
        return _from_to(tokens, at, today)
    skip = 1
    if word in {"in", "on", "during"} and word_at(tokens, at + 1) == "or":
        # `in or after 2005` is since then, `on or before` until then.
        word, skip = _WITH_ITSELF.get(word_at(tokens, at + 2), ""), 3
    if word not in {"since", "before", "after", "until", "till"}:
        return None
    while word_at(tokens, at + skip) in {"the", "year", "end", "of", "beginning", "start"}:
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
    middle = {"between": {"and"}, "from": {"to", "until", "till", "through"}}[word_at(tokens, at)]
    first = _plain(tokens, at + 1 + _articles(tokens, at + 1), today) or lonely_month(tokens, at + 1, today)
    if not first or word_at(tokens, first.last) not in middle:
        return None
    after = first.last + 1
    second = _plain(tokens, after + _articles(tokens, after), today) or lonely_month(tokens, after, today)
    if not second:
        return None
    start, end = first.start, second.end
    if start and end and start >= end:
        start = start.replace(year=end.year - (1 if start.month >= end.month else 0))
    words = f"from {first.words} to {second.words}"
    return Period(at, second.last, start, end, words, first.bare and second.bare, "between")


def _articles(tokens: Sequence[Token], at: int) -> int:
    count = 0
    while word_at(tokens, at + count) in {"the", "year", "years"}:
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
    ago = {"today": 0, "yesterday": 1}.get(word_at(tokens, at))
    if ago is None:
        return None
    day = today - timedelta(days=ago)
    return Period(at, at + 1, day, day + timedelta(days=1), word_at(tokens, at))


def _relative(tokens: Sequence[Token], at: int, today: date) -> Period | None:
    """`last month`, `this year`, `the last 30 days`, `past year`, `3 months ago`."""
    word = word_at(tokens, at)
    if word not in LAST | THIS:
        return None
    number = read_number(tokens, at + 1) if at + 1 < len(tokens) else None
    unit_at = number.end if number else at + 1
    unit = _UNITS.get(tokens[unit_at].lemma) if unit_at < len(tokens) else None
    if not unit:
        return _last_named(tokens, at, today)
    words = " ".join(token.plain for token in tokens[at : unit_at + 1])
    if number:
        return Period(
            at, unit_at + 1, back_from(today, unit, int(number.value)), today + timedelta(days=1), words
        )
    if word == "past":
        return Period(at, unit_at + 1, back_from(today, unit, 1), today + timedelta(days=1), words)
    start, end = unit_around(today, unit)
    if word in LAST:
        start, end = unit_around(start - timedelta(days=1), unit)
    return Period(at, unit_at + 1, start, end, words)


def _last_named(tokens: Sequence[Token], at: int, today: date) -> Period | None:
    """`last March`, `this July`."""
    month = MONTHS.get(word_at(tokens, at + 1))
    if not month:
        return None
    year = today.year if month <= today.month and word_at(tokens, at) in THIS else None
    if year is None:
        year = today.year if month < today.month else today.year - 1
    start = date(year, month, 1)
    return Period(at, at + 2, start, next_month(start), f"{tokens[at + 1].text} {year}")


_Reader = Callable[[Sequence[Token], int, date], Period | None]
_READERS: tuple[_Reader, ...] = (_named_day, _relative, read_iso, read_month, read_quarter, read_year)

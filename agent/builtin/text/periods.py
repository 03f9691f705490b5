"""Period parser: finds dates and half-open periods in a question, relative to a given day."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from agent.builtin.text.dates import (
    LAST_WORDS,
    MONTHS,
    THIS_WORDS,
    Period,
    next_month,
    parse_bare_month,
    parse_iso_date,
    parse_month,
    parse_quarter,
    parse_year,
    subtract_units,
    unit_around,
    word_at,
)
from agent.builtin.text.numbers import parse_number
from schema_docs.text.tokenizer import Token

_INCLUSIVE = {"after": "since", "before": "until"}
_UNITS = {"day": "day", "week": "week", "month": "month", "quarter": "quarter", "year": "year"}


def find_periods(tokens: Sequence[Token], today: date) -> tuple[Period, ...]:
    """Find all periods in a question from left to right, without overlaps."""
    periods: list[Period] = []
    position = 0
    while position < len(tokens):
        period = _parse_bounded(tokens, position, today) or _parse_simple(tokens, position, today)
        if period:
            periods.append(period)
            position = period.end_token
        else:
            position += 1
    return tuple(periods)


def _parse_bounded(tokens: Sequence[Token], position: int, today: date) -> Period | None:
    """Parse `since 2024`, `before March 2025`, `between 2023 and 2024`, `from May to July 2025`."""
    word = word_at(tokens, position)
    if word in {"between", "from"}:
        return _parse_range(tokens, position, today)
    skip = 1
    if word in {"in", "on", "during"} and word_at(tokens, position + 1) == "or":
        # `in or after 2005` means since 2005, `on or before` means until then.
        word, skip = _INCLUSIVE.get(word_at(tokens, position + 2), ""), 3
    if word not in {"since", "before", "after", "until", "till"}:
        return None
    while word_at(tokens, position + skip) in {"the", "year", "end", "of", "beginning", "start"}:
        skip += 1
    period = _parse_simple(tokens, position + skip, today)
    if not period:
        return None
    start, end = {
        "since": (period.start, None),
        "after": (period.end, None),
        "before": (None, period.start),
    }.get(word, (None, period.end))
    words = f"{word} {period.words}"
    return replace(period, first_token=position, start=start, end=end, words=words, relation=word)


def _parse_range(tokens: Sequence[Token], position: int, today: date) -> Period | None:
    middle = {"between": {"and"}, "from": {"to", "until", "till", "through"}}[word_at(tokens, position)]
    first = _parse_bound(tokens, position + 1, today)
    if not first or word_at(tokens, first.end_token) not in middle:
        return None
    after = first.end_token + 1
    second = _parse_bound(tokens, after, today)
    if not second:
        return None
    start, end = first.start, second.end
    if start and end and start >= end:
        start = start.replace(year=end.year - (1 if start.month >= end.month else 0))
    words = f"from {first.words} to {second.words}"
    return Period(
        position, second.end_token, start, end, words, first.bare_year and second.bare_year, "between"
    )


def _parse_bound(tokens: Sequence[Token], position: int, today: date) -> Period | None:
    simple = _parse_simple(tokens, position + _count_articles(tokens, position), today)
    return simple or parse_bare_month(tokens, position, today)


def _count_articles(tokens: Sequence[Token], position: int) -> int:
    count = 0
    while word_at(tokens, position + count) in {"the", "year", "years"}:
        count += 1
    return count


def _parse_simple(tokens: Sequence[Token], position: int, today: date) -> Period | None:
    if position >= len(tokens):
        return None
    for parse in _PARSERS:
        if period := parse(tokens, position, today):
            return period
    return None


def _parse_named_day(tokens: Sequence[Token], position: int, today: date) -> Period | None:
    ago = {"today": 0, "yesterday": 1}.get(word_at(tokens, position))
    if ago is None:
        return None
    day = today - timedelta(days=ago)
    return Period(position, position + 1, day, day + timedelta(days=1), word_at(tokens, position))


def _parse_relative(tokens: Sequence[Token], position: int, today: date) -> Period | None:
    """Parse `last month`, `this year`, `the last 30 days`, `past year`."""
    word = word_at(tokens, position)
    if word not in LAST_WORDS | THIS_WORDS:
        return None
    number = parse_number(tokens, position + 1) if position + 1 < len(tokens) else None
    unit_position = number.end if number else position + 1
    unit = _UNITS.get(tokens[unit_position].lemma) if unit_position < len(tokens) else None
    if not unit:
        return _parse_relative_month(tokens, position, today)
    words = " ".join(token.plain for token in tokens[position : unit_position + 1])
    if number:
        start = subtract_units(today, unit, int(number.value))
        return Period(position, unit_position + 1, start, today + timedelta(days=1), words)
    if word == "past":
        start = subtract_units(today, unit, 1)
        return Period(position, unit_position + 1, start, today + timedelta(days=1), words)
    start, end = unit_around(today, unit)
    if word in LAST_WORDS:
        start, end = unit_around(start - timedelta(days=1), unit)
    return Period(position, unit_position + 1, start, end, words)


def _parse_relative_month(tokens: Sequence[Token], position: int, today: date) -> Period | None:
    """Parse `last March`, `this July`."""
    month = MONTHS.get(word_at(tokens, position + 1))
    if not month:
        return None
    year = today.year if month <= today.month and word_at(tokens, position) in THIS_WORDS else None
    if year is None:
        year = today.year if month < today.month else today.year - 1
    start = date(year, month, 1)
    return Period(position, position + 2, start, next_month(start), f"{tokens[position + 1].text} {year}")


_Parser = Callable[[Sequence[Token], int, date], Period | None]
_PARSERS: tuple[_Parser, ...] = (
    _parse_named_day,
    _parse_relative,
    parse_iso_date,
    parse_month,
    parse_quarter,
    parse_year,
)

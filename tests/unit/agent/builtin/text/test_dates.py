from datetime import date

import pytest

from agent.builtin.text.dates import (
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
from schema_docs.text.tokenizer import tokenize

TODAY = date(2026, 11, 21)


def dates(period: Period | None) -> tuple[date | None, date | None] | None:
    return (period.start, period.end) if period else None


@pytest.mark.parametrize(
    ("said", "start", "end"),
    [
        ("March 2025", date(2025, 3, 1), date(2025, 4, 1)),
        ("March of 2025", date(2025, 3, 1), date(2025, 4, 1)),
        ("December 2025", date(2025, 12, 1), date(2026, 1, 1)),
        ("March 5, 2025", date(2025, 3, 5), date(2025, 3, 6)),
        ("5 March 2025", date(2025, 3, 5), date(2025, 3, 6)),
        ("5th of March", date(2026, 3, 5), date(2026, 3, 6)),
        ("24 December", date(2025, 12, 24), date(2025, 12, 25)),
    ],
)
def test_months_and_their_days_are_read_whole(said: str, start: date, end: date) -> None:
    tokens = tokenize(said)
    period = parse_month(tokens, 0, TODAY)
    assert dates(period) == (start, end)
    assert period
    assert (period.first_token, period.end_token) == (0, len(tokens))


def test_a_month_that_is_also_a_word_needs_a_preposition() -> None:
    assert parse_month(tokenize("may I see"), 0, TODAY) is None
    assert dates(parse_month(tokenize("in May"), 1, TODAY)) == (date(2026, 5, 1), date(2026, 6, 1))


def test_a_month_without_a_year_is_the_last_that_has_begun() -> None:
    assert dates(parse_bare_month(tokenize("november"), 0, TODAY)) == (date(2026, 11, 1), date(2026, 12, 1))
    assert dates(parse_bare_month(tokenize("december"), 0, TODAY)) == (date(2025, 12, 1), date(2026, 1, 1))


def test_iso_dates_are_days_or_months() -> None:
    assert dates(parse_iso_date(tokenize("2025-12-31"), 0, TODAY)) == (date(2025, 12, 31), date(2026, 1, 1))
    assert dates(parse_iso_date(tokenize("2025-12"), 0, TODAY)) == (date(2025, 12, 1), date(2026, 1, 1))


def test_days_the_calendar_does_not_have_are_not_read() -> None:
    assert parse_iso_date(tokenize("2025-02-30"), 0, TODAY) is None
    assert parse_month(tokenize("30 February 2025"), 0, TODAY) is None


@pytest.mark.parametrize(
    ("said", "start", "end"),
    [
        ("Q1 2025", date(2025, 1, 1), date(2025, 4, 1)),
        ("fourth quarter of 2025", date(2025, 10, 1), date(2026, 1, 1)),
        ("third quarter", date(2026, 7, 1), date(2026, 10, 1)),
        ("Q2 last year", date(2025, 4, 1), date(2025, 7, 1)),
    ],
)
def test_quarters_are_read_by_number_and_by_name(said: str, start: date, end: date) -> None:
    assert dates(parse_quarter(tokenize(said), 0, TODAY)) == (start, end)


def test_a_quarter_to_come_is_last_years() -> None:
    spring = date(2026, 2, 3)
    assert dates(parse_quarter(tokenize("Q4"), 0, spring)) == (date(2025, 10, 1), date(2026, 1, 1))
    assert parse_quarter(tokenize("fifth quarter"), 0, TODAY) is None


def test_a_year_is_bare_and_a_decade_is_not() -> None:
    year, decade = parse_year(tokenize("2025"), 0, TODAY), parse_year(tokenize("1990s"), 0, TODAY)
    assert year
    assert decade
    assert (year.bare_year, decade.bare_year) == (True, False)
    assert dates(year) == (date(2025, 1, 1), date(2026, 1, 1))
    assert dates(decade) == (date(1990, 1, 1), date(2000, 1, 1))
    assert parse_year(tokenize("3025"), 0, TODAY) is None


@pytest.mark.parametrize(
    ("unit", "start", "end"),
    [
        ("day", date(2026, 11, 22), date(2026, 11, 23)),
        ("week", date(2026, 11, 16), date(2026, 11, 23)),
        ("month", date(2026, 11, 1), date(2026, 12, 1)),
        ("quarter", date(2026, 10, 1), date(2027, 1, 1)),
        ("year", date(2026, 1, 1), date(2027, 1, 1)),
    ],
)
def test_a_day_lies_in_its_units(unit: str, start: date, end: date) -> None:
    sunday = date(2026, 11, 22)
    assert unit_around(sunday, unit) == (start, end)


def test_months_are_counted_across_years() -> None:
    assert next_month(date(2025, 12, 31)) == date(2026, 1, 1)
    assert next_month(date(2025, 1, 15), -1) == date(2024, 12, 1)


@pytest.mark.parametrize(
    ("unit", "count", "day"),
    [
        ("day", 31, date(2024, 2, 29)),
        ("week", 2, date(2024, 3, 17)),
        ("month", 1, date(2024, 2, 29)),
        ("quarter", 2, date(2023, 9, 30)),
        ("year", 1, date(2023, 3, 31)),
    ],
)
def test_going_back_keeps_the_day_or_the_last_of_a_shorter_month(unit: str, count: int, day: date) -> None:
    assert subtract_units(date(2024, 3, 31), unit, count) == day


def test_only_whole_years_fit_a_column_of_years() -> None:
    start = date(2025, 1, 1)
    assert Period(0, 1, start, date(2026, 1, 1), "2025").is_years
    assert Period(0, 2, start, None, "since 2025").is_years
    assert not Period(0, 2, start, date(2025, 4, 1), "Q1 2025").is_years


def test_beyond_the_ends_there_is_no_word() -> None:
    tokens = tokenize("Last Month")
    assert [word_at(tokens, at) for at in (-1, 0, 1, 2)] == ["", "last", "month", ""]


def test_a_period_never_begins_before_the_calendar() -> None:
    assert subtract_units(date(2026, 11, 21), "year", 100_000) == date.min
    assert subtract_units(date(2026, 11, 21), "day", 10_000_000) == date.min

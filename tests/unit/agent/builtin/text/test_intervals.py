from datetime import date

import pytest

from agent.builtin.text.intervals import Period, next_month, subtract_units, unit_around, word_at
from schema_docs.text.tokenizer import tokenize


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

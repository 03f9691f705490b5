from datetime import date

import pytest

from agent.builtin.text.dates import next_month, parse_bare_month, unit_around
from agent.builtin.text.periods import find_periods
from schema_docs.text.tokenizer import tokenize

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("said", "start", "end"),
    [
        ("orders last month", "2026-10-01", "2026-11-01"),
        ("orders this year", "2026-01-01", "2027-01-01"),
        ("in 2025", "2025-01-01", "2026-01-01"),
        ("in March 2025", "2025-03-01", "2025-04-01"),
        ("in March", "2026-03-01", "2026-04-01"),
        ("in December", "2025-12-01", "2026-01-01"),
        ("on March 5, 2025", "2025-03-05", "2025-03-06"),
        ("on the 5th of March 2025", "2025-03-05", "2025-03-06"),
        ("yesterday", "2026-11-20", "2026-11-21"),
        ("last week", "2026-11-09", "2026-11-16"),
        ("in the last 30 days", "2026-10-22", "2026-11-22"),
        ("in the past year", "2025-11-21", "2026-11-22"),
        ("since 2025", "2025-01-01", None),
        ("after 2025", "2026-01-01", None),
        ("before March 2025", None, "2025-03-01"),
        ("between 2024 and 2025", "2024-01-01", "2026-01-01"),
        ("from May to July 2025", "2025-05-01", "2025-08-01"),
        ("in Q1 2025", "2025-01-01", "2025-04-01"),
        ("the third quarter of 2025", "2025-07-01", "2025-10-01"),
        ("in the 1990s", "1990-01-01", "2000-01-01"),
        ("on 2025-03-01", "2025-03-01", "2025-03-02"),
    ],
)
def test_periods_are_relative_to_today(said: str, start: str | None, end: str | None) -> None:
    (period,) = find_periods(tokenize(said), TODAY)
    found = [day.isoformat() if day else None for day in (period.start, period.end)]
    assert found == [start, end]


@pytest.mark.parametrize("said", ["the last customer", "may I see them", "room 112", "they march on"])
def test_everyday_words_are_no_periods(said: str) -> None:
    assert find_periods(tokenize(said), TODAY) == ()


def test_years_also_fit_a_column_of_numbers() -> None:
    (years,) = find_periods(tokenize("in 2025"), TODAY)
    (month,) = find_periods(tokenize("in March 2025"), TODAY)
    assert (years.is_years, month.is_years) == (True, False)


def test_units_of_the_calendar_surround_a_day() -> None:
    assert unit_around(TODAY, "week") == (date(2026, 11, 16), date(2026, 11, 23))
    assert unit_around(TODAY, "quarter") == (date(2026, 10, 1), date(2027, 1, 1))
    assert next_month(date(2026, 12, 31)) == date(2027, 1, 1)


def test_a_month_without_a_year_has_begun() -> None:
    period = parse_bare_month(tokenize("November"), 0, TODAY)
    assert period is not None
    assert period.start == date(2026, 11, 1)

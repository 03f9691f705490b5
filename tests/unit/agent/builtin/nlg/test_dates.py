from datetime import date, datetime, time
from typing import Any

import pytest

from agent.builtin.nlg.dates import (
    bucket_phrase,
    format_bucket,
    format_date_text,
    format_moment,
    period_phrase,
)
from agent.builtin.plan.model import CalendarUnit


@pytest.mark.parametrize(
    ("start", "end", "words", "when"),
    [
        ("2025-01-01", "2026-01-01", "2025", "in 2025"),
        ("2025-07-01", "2025-10-01", "Q3 2025", "in Q3 2025"),
        ("2025-03-01", "2025-04-01", "march 2025", "in March 2025"),
        ("2026-11-09", "2026-11-10", "2026-11-09", "on 9 November 2026"),
        ("2026-11-20", "2026-11-21", "yesterday", "yesterday (20 November 2026)"),
        ("2026-11-09", "2026-11-16", "last week", "last week (9 to 15 November 2026)"),
        ("2025-11-21", "2026-11-22", "past year", "in the past year (21 November 2025 to 21 November 2026)"),
        ("2025-05-01", "2025-08-01", "from May to July 2025", "from May to July 2025"),
        ("2024-11-01", "2025-03-01", "from Nov 2024 to Feb 2025", "from November 2024 to February 2025"),
        ("1990-01-01", "2000-01-01", "1990s", "from 1990 to 1999"),
        ("2024-01-01", None, "since 2024", "since 2024"),
        ("2025-03-05", None, "since 2025-03-05", "since 5 March 2025"),
        ("2026-10-01", None, "since last month", "since last month (from 1 October 2026 on)"),
        (None, "2025-03-01", "before march 2025", "before March 2025"),
        (None, "2021-11-21", "more than 5 years ago", "more than 5 years ago (before 21 November 2021)"),
        (None, "2021-11-21", "", "before 21 November 2021"),
    ],
)
def test_a_period_is_named_with_its_dates(start: str | None, end: str | None, words: str, when: str) -> None:
    assert period_phrase(start, end, words) == when


@pytest.mark.parametrize(
    ("unit", "value", "at"),
    [
        ("month", "2025-11", "in November 2025"),
        ("quarter", "2025-Q1", "in Q1 2025"),
        ("year", 2025, "in 2025"),
        ("day", date(2026, 11, 9), "on 9 November 2026"),
        ("day", "2026-11-09", "on 9 November 2026"),
        ("week", date(2026, 11, 9), "in the week of 9 November 2026"),
        ("weekday", 1, "on Monday"),
        ("hour", 9, "at 09:00"),
        ("month", None, "with no date"),
    ],
)
def test_a_unit_of_the_calendar_is_said_with_the_word_before_it(
    unit: CalendarUnit, value: Any, at: str
) -> None:
    assert bucket_phrase(unit, value) == at
    assert at.endswith(format_bucket(unit, value))


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("2026-11-09", "9 November 2026"),
        ("2026-11-09 08:51:11", "9 November 2026, 08:51"),
        ("2026-11-09T00:00:00Z", "9 November 2026"),
        ("2026-13-45", "2026-13-45"),
        ("soon", "soon"),
    ],
)
def test_only_text_that_is_a_date_is_rewritten(text: str, spoken: str) -> None:
    assert format_date_text(text) == spoken


def test_midnight_is_a_day_and_a_time_has_no_seconds() -> None:
    assert format_moment(datetime(2026, 11, 9)) == "9 November 2026"
    assert format_moment(time(8, 5, 30)) == "08:05"

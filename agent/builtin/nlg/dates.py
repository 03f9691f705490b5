"""Date formatting in English: 9 November 2026, last month (October 2026)."""

import re
from datetime import date, datetime, time, timedelta
from typing import Any

from agent.builtin.plan.model import CalendarUnit

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?(?:Z|[+-]\d{2}(?::?\d{2})?)?$")
_RELATIVE_WORDS = frozenset({"last", "past", "previous", "preceding", "this", "current"})
_OPEN_PREPOSITIONS = frozenset({"since", "before", "after", "until", "till"})
_MONTH_NAME = re.compile(rf"\b({'|'.join(MONTHS)})\b", re.IGNORECASE)
_PERIOD_UNITS = {"day", "days", "week", "weeks", "month", "months", "quarter", "quarters", "year", "years"}


def format_moment(value: date | datetime | time) -> str:
    """Format a date or timestamp; midnight is omitted."""
    if isinstance(value, time):
        return value.isoformat(timespec="minutes")
    day = f"{value.day} {MONTHS[value.month - 1]} {value.year}"
    if isinstance(value, datetime) and value.time() != time():
        return f"{day}, {value.time().isoformat(timespec='minutes')}"
    return day


def format_date_text(text: str) -> str:
    """Format ISO text as a date; other text is returned unchanged."""
    if not _ISO.match(text):
        return text
    try:
        return format_moment(datetime.fromisoformat(text))
    except ValueError:
        return text


def format_period(start: date, end: date) -> str:
    """Format the period from `start`, before `end`: `2025`, `Q3 2025`, `9 to 15 November 2026`."""
    last = end - timedelta(days=1)
    if start == last:
        return format_moment(start)
    if start.day == 1 and end.day == 1:
        return _format_months(start, last)
    if start.year != last.year:
        return f"{format_moment(start)} to {format_moment(last)}"
    month = f" {MONTHS[start.month - 1]}" if start.month != last.month else ""
    return f"{start.day}{month} to {format_moment(last)}"


def _format_months(start: date, last: date) -> str:
    count = (last.year - start.year) * 12 + last.month - start.month + 1
    if start.month == 1 and last.month == 12:
        return str(start.year) if count == 12 else f"{start.year} to {last.year}"
    if count == 1:
        return f"{MONTHS[start.month - 1]} {start.year}"
    if count == 3 and start.month % 3 == 1:
        return f"Q{last.month // 3} {start.year}"
    year = f" {start.year}" if start.year != last.year else ""
    return f"{MONTHS[start.month - 1]}{year} to {MONTHS[last.month - 1]} {last.year}"


def period_phrase(start: str | None, end: str | None, words: str) -> str:
    """Describe a period with its preposition: `in 2025`, `last month (October 2026)`, `since 2024`."""
    first, before = _parse_day(start), _parse_day(end)
    tokens = words.split() or [""]
    if first and before and first < before:
        period = format_period(first, before)
        if tokens[0] in _RELATIVE_WORDS and _PERIOD_UNITS & set(tokens):
            return f"{_relative_phrase(words)} ({period})"
        if words in {"today", "yesterday"}:
            return f"{words} ({period})"
        return _absolute_phrase(period, first, before)
    return _open_period_phrase(first, before, words)


def _relative_phrase(words: str) -> str:
    """Add a preposition to `the last 30 days`, but not to `last month`."""
    counted = words.startswith("past") or len(words.split()) > 2
    return f"in the {words}" if counted else words


def _absolute_phrase(period: str, first: date, before: date) -> str:
    if before - first == timedelta(days=1):
        return f"on {period}"
    return f"from {period}" if " to " in period else f"in {period}"


def _open_period_phrase(first: date | None, before: date | None, words: str) -> str:
    relation, _, rest = words.partition(" ")
    limit = (
        f"from {format_moment(first)} on" if first else f"before {format_moment(before)}" if before else ""
    )
    if relation in _OPEN_PREPOSITIONS and rest:
        phrase = f"{relation} {_MONTH_NAME.sub(lambda match: match[0].capitalize(), format_date_text(rest))}"
        return f"{phrase} ({limit})" if _RELATIVE_WORDS & set(rest.split()) else phrase
    if words and limit and words != "in":
        return f"{words} ({limit})"
    return limit or words


def _parse_day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None


def format_bucket(unit: CalendarUnit, value: Any) -> str:
    """Format a calendar unit of a result: `2025-11` is November 2025, weekday 1 is Monday."""
    if value is None:
        return "no date"
    text = str(value)
    year, _, part = text.partition("-")
    match unit:
        case "month" if part.isdigit() and 1 <= int(part) <= 12:
            return f"{MONTHS[int(part) - 1]} {year}"
        case "quarter" if part:
            return f"{part} {year}"
        case "weekday" if text.isdigit() and 1 <= int(text) <= 7:
            return WEEKDAYS[int(text) - 1]
        case "hour" if text.isdigit():
            return f"{int(text):02}:00"
        case "week":
            return f"the week of {_format_day(value)}"
    return _format_day(value)


def _format_day(value: Any) -> str:
    return format_moment(value) if isinstance(value, date) else format_date_text(str(value))


def bucket_phrase(unit: CalendarUnit, value: Any) -> str:
    """Format a calendar unit with its preposition: `in November 2025`, `on Monday`, `at 14:00`."""
    preposition = {"day": "on", "weekday": "on", "hour": "at"}.get(unit, "in")
    return f"{'with' if value is None else preposition} {format_bucket(unit, value)}"

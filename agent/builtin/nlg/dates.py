"""Dates and periods as people write them: 9 November 2026, last month (October 2026)."""

import re
from datetime import date, datetime, time, timedelta
from typing import Any

from agent.builtin.plan.model import Unit

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?(?:Z|[+-]\d{2}(?::?\d{2})?)?$")
_RELATIVE = frozenset({"last", "past", "previous", "preceding", "this", "current"})
_OPEN = frozenset({"since", "before", "after", "until", "till"})
_SMALL = re.compile(rf"\b({'|'.join(MONTHS)})\b", re.IGNORECASE)
_DAYS = {"day", "days", "week", "weeks", "month", "months", "quarter", "quarters", "year", "years"}


def moment_said(value: date | datetime | time) -> str:
    """A day, with the time of day where it has one."""
    if isinstance(value, time):
        return value.isoformat(timespec="minutes")
    day = f"{value.day} {MONTHS[value.month - 1]} {value.year}"
    if isinstance(value, datetime) and value.time() != time():
        return f"{day}, {value.time().isoformat(timespec='minutes')}"
    return day


def date_text_said(text: str) -> str:
    """A date kept as text, as people write it; any other text stays as it is."""
    if not _ISO.match(text):
        return text
    try:
        return moment_said(datetime.fromisoformat(text))
    except ValueError:
        return text


def period_said(start: date, end: date) -> str:
    """What lies from `start`, before `end`: `2025`, `Q3 2025`, `October 2026`, `9 to 15 November 2026`."""
    last = end - timedelta(days=1)
    if start == last:
        return moment_said(start)
    if start.day == 1 and end.day == 1:
        return _months_said(start, last)
    if start.year != last.year:
        return f"{moment_said(start)} to {moment_said(last)}"
    month = f" {MONTHS[start.month - 1]}" if start.month != last.month else ""
    return f"{start.day}{month} to {moment_said(last)}"


def _months_said(start: date, last: date) -> str:
    count = (last.year - start.year) * 12 + last.month - start.month + 1
    if start.month == 1 and last.month == 12:
        return str(start.year) if count == 12 else f"{start.year} to {last.year}"
    if count == 1:
        return f"{MONTHS[start.month - 1]} {start.year}"
    if count == 3 and start.month % 3 == 1:
        return f"Q{last.month // 3} {start.year}"
    year = f" {start.year}" if start.year != last.year else ""
    return f"{MONTHS[start.month - 1]}{year} to {MONTHS[last.month - 1]} {last.year}"


def when_said(start: str | None, end: str | None, words: str) -> str:
    """A period with the word that leads it in: `in 2025`, `last month (October 2026)`, `since 2024`."""
    first, before = _day(start), _day(end)
    spoken = words.split() or [""]
    if first and before and first < before:
        exact = period_said(first, before)
        if spoken[0] in _RELATIVE and _DAYS & set(spoken):
            return f"{_related(words)} ({exact})"
        if words in {"today", "yesterday"}:
            return f"{words} ({exact})"
        return _led_in(exact, first, before)
    return _open(first, before, words)


def _related(words: str) -> str:
    """`last month` needs nothing before it, `the last 30 days` does."""
    counted = words.startswith("past") or len(words.split()) > 2
    return f"in the {words}" if counted else words


def _led_in(exact: str, first: date, before: date) -> str:
    if before - first == timedelta(days=1):
        return f"on {exact}"
    return f"from {exact}" if " to " in exact else f"in {exact}"


def _open(first: date | None, before: date | None, words: str) -> str:
    relation, _, rest = words.partition(" ")
    limit = f"from {moment_said(first)} on" if first else f"before {moment_said(before)}" if before else ""
    if relation in _OPEN and rest:
        said = f"{relation} {_SMALL.sub(lambda found: found[0].capitalize(), date_text_said(rest))}"
        return f"{said} ({limit})" if _RELATIVE & set(rest.split()) else said
    if words and limit and words != "in":
        return f"{words} ({limit})"
    return limit or words


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None


def bucket_said(unit: Unit, value: Any) -> str:
    """One unit of the calendar, as the query names it: `2025-11` is November 2025, weekday 1 is Monday."""
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
            return f"the week of {_day_said(value)}"
    return _day_said(value)


def _day_said(value: Any) -> str:
    return moment_said(value) if isinstance(value, date) else date_text_said(str(value))


def bucket_at(unit: Unit, value: Any) -> str:
    """The same with the word that leads it in: `in November 2025`, `on Monday`, `at 14:00`."""
    lead = {"day": "on", "weekday": "on", "hour": "at"}.get(unit, "in")
    return f"{'with' if value is None else lead} {bucket_said(unit, value)}"

"""Say how busy the sample shop is on a day: it grows for three years, and sells most before Christmas."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from store.sample.rng import Dice, Urn

OPENING = date(2023, 11, 21)
LAST_DAY = date(2026, 11, 20)
CLOSING = datetime(2026, 11, 20, 23, 59, 59)

GROWTH = 1.7
MONTHS = (0.85, 0.8, 0.9, 0.95, 1.0, 0.95, 0.85, 0.85, 1.0, 1.1, 1.35, 1.8)
WEEKDAYS = (1.05, 1.0, 0.95, 1.0, 1.0, 1.1, 1.25)
HOURS = (2, 1, 1, 1, 1, 2, 4, 7, 9, 10, 11, 12, 13, 12, 11, 11, 12, 13, 15, 18, 19, 16, 10, 5)


def days() -> Iterator[date]:
    """Give every day the shop was open, first to last."""
    for offset in range((LAST_DAY - OPENING).days + 1):
        yield OPENING + timedelta(days=offset)


def demand(day: date) -> float:
    """How much is bought on a day, where 1 is an average one in the first month of May."""
    grown = 1 + GROWTH * (day - OPENING).days / (LAST_DAY - OPENING).days
    sale = 1.9 if is_black_week(day) else 1.0
    # Nothing ordered after the 22nd arrives before Christmas.
    lull = 0.35 if day.month == 12 and day.day > 22 else 1.0
    return grown * MONTHS[day.month - 1] * WEEKDAYS[day.weekday()] * sale * lull


def is_black_week(day: date) -> bool:
    """Say whether the big sale at the end of November is on."""
    return day.month == 11 and 22 <= day.day <= 29


def moments(dice: Dice, count: int) -> list[datetime]:
    """Spread `count` moments over the shop's life as demand has it, earliest first."""
    calendar = tuple(days())
    dates = Urn(calendar, [demand(day) for day in calendar])
    hours = Urn(range(24), HOURS)
    return sorted(
        datetime.combine(dates.draw(dice), datetime.min.time())
        + timedelta(hours=hours.draw(dice), minutes=dice.between(0, 59), seconds=dice.between(0, 59))
        for _ in range(count)
    )

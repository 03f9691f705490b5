"""Demand curve of the sample shop: three years of growth, with a peak before Christmas."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from store.sample.rng import SeededRandom, WeightedChoice

FIRST_DAY = date(2023, 11, 21)
LAST_DAY = date(2026, 11, 20)
LAST_MOMENT = datetime(2026, 11, 20, 23, 59, 59)

GROWTH = 1.7
MONTHS = (0.85, 0.8, 0.9, 0.95, 1.0, 0.95, 0.85, 0.85, 1.0, 1.1, 1.35, 1.8)
WEEKDAYS = (1.05, 1.0, 0.95, 1.0, 1.0, 1.1, 1.25)
HOURS = (2, 1, 1, 1, 1, 2, 4, 7, 9, 10, 11, 12, 13, 12, 11, 11, 12, 13, 15, 18, 19, 16, 10, 5)


def days() -> Iterator[date]:
    """Iterate over all days on which the shop was open."""
    for offset in range((LAST_DAY - FIRST_DAY).days + 1):
        yield FIRST_DAY + timedelta(days=offset)


def demand(day: date) -> float:
    """Return the relative demand of a day: 1 is an average day of the first May."""
    growth = 1 + GROWTH * (day - FIRST_DAY).days / (LAST_DAY - FIRST_DAY).days
    sale = 1.9 if is_black_week(day) else 1.0
    # Orders after the 22nd do not arrive before Christmas.
    lull = 0.35 if day.month == 12 and day.day > 22 else 1.0
    return growth * MONTHS[day.month - 1] * WEEKDAYS[day.weekday()] * sale * lull


def is_black_week(day: date) -> bool:
    """Tell whether the day is in the sale at the end of November."""
    return day.month == 11 and 22 <= day.day <= 29


def random_timestamps(rng: SeededRandom, count: int) -> list[datetime]:
    """Draw `count` timestamps distributed like the demand, in ascending order."""
    calendar = tuple(days())
    dates = WeightedChoice(calendar, [demand(day) for day in calendar])
    hours = WeightedChoice(range(24), HOURS)
    return sorted(
        datetime.combine(dates.draw(rng), datetime.min.time())
        + timedelta(hours=hours.draw(rng), minutes=rng.integer(0, 59), seconds=rng.integer(0, 59))
        for _ in range(count)
    )

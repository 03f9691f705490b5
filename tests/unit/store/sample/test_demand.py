from datetime import date

from store.sample.demand import FIRST_DAY, LAST_DAY, LAST_MOMENT, days, demand, random_timestamps
from store.sample.rng import SeededRandom


def test_the_shop_is_open_for_three_years() -> None:
    calendar = list(days())
    assert (calendar[0], calendar[-1]) == (FIRST_DAY, LAST_DAY)
    assert len(calendar) == 3 * 365 + 1


def test_demand_grows_from_year_to_year() -> None:
    assert demand(date(2024, 5, 7)) < demand(date(2025, 5, 6)) < demand(date(2026, 5, 5))


def test_christmas_sells_more_than_summer() -> None:
    assert demand(date(2025, 12, 9)) > 1.5 * demand(date(2025, 7, 8))


def test_black_week_sells_more_than_the_week_before() -> None:
    assert demand(date(2025, 11, 25)) > 1.5 * demand(date(2025, 11, 18))


def test_moments_are_in_order_and_within_the_shops_life() -> None:
    timestamps = random_timestamps(SeededRandom(1), 500)
    assert len(timestamps) == 500
    assert timestamps == sorted(timestamps)
    assert timestamps[0].date() >= FIRST_DAY
    assert timestamps[-1] <= LAST_MOMENT

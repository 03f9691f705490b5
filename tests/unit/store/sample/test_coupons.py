from datetime import datetime

import pytest

from store.sample.coupons import offer
from store.sample.dice import Dice


def codes(moment: datetime, is_first: bool) -> set[str | None]:
    dice = Dice(1)
    return {offer(dice, moment, is_first) for _ in range(200)}


def test_a_first_order_may_use_the_welcome() -> None:
    assert codes(datetime(2025, 6, 1), is_first=True) == {"WELCOME10", None}


@pytest.mark.parametrize(
    ("moment", "code"),
    [
        (datetime(2025, 3, 1), "SPRING15"),
        (datetime(2025, 8, 1), "SUMMER20"),
        (datetime(2025, 11, 28), "BLACKWEEK25"),
        (datetime(2025, 12, 1), "XMAS5"),
    ],
)
def test_each_season_has_its_own(moment: datetime, code: str) -> None:
    assert codes(moment, is_first=False) == {code, None}


def test_out_of_season_there_is_none() -> None:
    assert codes(datetime(2025, 6, 1), is_first=False) == {None}

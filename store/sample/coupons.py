"""Say which coupon an order of the sample shop comes with."""

from datetime import datetime

from store.sample.dice import Dice
from store.sample.seasons import is_black_week

# Percent off by code.
PERCENT = {"WELCOME10": 10, "SPRING15": 15, "SUMMER20": 20, "BLACKWEEK25": 25, "XMAS5": 5}
# How many of those who could use a code do so.
TAKE_UP = {"WELCOME10": 0.35, "SPRING15": 0.12, "SUMMER20": 0.15, "BLACKWEEK25": 0.45, "XMAS5": 0.2}


def offer(dice: Dice, moment: datetime, is_first: bool) -> str | None:
    """Give the code used on an order, or None."""
    code = "WELCOME10" if is_first else _of_the_season(moment)
    return code if code and dice.chance(TAKE_UP[code]) else None


def _of_the_season(moment: datetime) -> str | None:
    if is_black_week(moment.date()):
        return "BLACKWEEK25"
    return {3: "SPRING15", 4: "SPRING15", 7: "SUMMER20", 8: "SUMMER20", 12: "XMAS5"}.get(moment.month)

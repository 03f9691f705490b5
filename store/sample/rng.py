"""Throw dice that fall the same way on every machine and in every Python."""

from bisect import bisect
from collections.abc import Sequence
from decimal import Decimal
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")


class Dice:
    """Chance from a seed. Of `Random` only `random` is used: no other sequence is promised for ever."""

    def __init__(self, seed: int) -> None:
        self.throw = Random(seed).random

    def chance(self, share: float) -> bool:
        """Say yes in this share of all cases."""
        return self.throw() < share

    def between(self, low: int, high: int) -> int:
        """Give a whole number from `low` to `high`, both included."""
        return low + int(self.throw() * (high - low + 1))

    def pick(self, items: Sequence[T]) -> T:
        """Give one of the items, each as likely as the other."""
        return items[int(self.throw() * len(items))]


class Urn(Generic[T]):
    """Items drawn by weight; draws may be limited to the first `among` of them."""

    def __init__(self, items: Sequence[T], weights: Sequence[float]) -> None:
        self._items = items
        self._sums = list(accumulate(weights))

    def draw(self, dice: Dice, among: int | None = None) -> T:
        """Draw one and put it back."""
        last = (len(self._items) if among is None else among) - 1
        return self._items[bisect(self._sums, dice.throw() * self._sums[last], 0, last)]


def euros(cents: int) -> Decimal:
    """Make exact money of a whole number of cents."""
    return Decimal(cents).scaleb(-2)

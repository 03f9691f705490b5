"""Seeded random numbers that are the same on every machine and in every Python version."""

from bisect import bisect
from collections.abc import Sequence
from decimal import Decimal
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")


class SeededRandom:
    """Seeded random generator. It uses `Random.random` only, the one sequence that Python guarantees."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed).random

    def chance(self, probability: float) -> bool:
        """Return True with this probability."""
        return self.random() < probability

    def integer(self, low: int, high: int) -> int:
        """Return a random integer from `low` to `high`, both included."""
        return low + int(self.random() * (high - low + 1))

    def choice(self, items: Sequence[T]) -> T:
        """Return one of the items, all equally likely."""
        return items[int(self.random() * len(items))]


class WeightedChoice(Generic[T]):
    """Random choice of items by weight."""

    def __init__(self, items: Sequence[T], weights: Sequence[float]) -> None:
        self._items = items
        self._cumulative_weights = list(accumulate(weights))

    def draw(self, rng: SeededRandom, first: int | None = None) -> T:
        """Draw an item, with replacement, from the `first` items or from all."""
        last = (len(self._items) if first is None else first) - 1
        return self._items[
            bisect(self._cumulative_weights, rng.random() * self._cumulative_weights[last], 0, last)
        ]


def euros_from_cents(cents: int) -> Decimal:
    """Convert cents to an exact amount in euros."""
    return Decimal(cents).scaleb(-2)

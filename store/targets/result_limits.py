"""Where a result is cut off, for every kind of target."""

from collections.abc import Sequence
from typing import Any

from store.rows import Limits

# What a number, a date or a NULL is taken to weigh; only long values matter to our memory.
SMALL_VALUE_BYTES = 8


class Cut:
    """Takes rows until a limit is reached, and remembers whether one was."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._bytes = 0
        self.rows: list[tuple[Any, ...]] = []
        self.truncated = False

    @property
    def bytes_of_a_row(self) -> float:
        """How much a row has weighed on average; never nothing."""
        return max(1.0, self._bytes / max(1, len(self.rows)))

    def take(self, row: tuple[Any, ...]) -> bool:
        """Keep a row; False means that it did not fit and that no other is wanted."""
        self._bytes += weigh(row)
        if len(self.rows) >= self._limits.rows or self._bytes > self._limits.bytes:
            self.truncated = True
            return False
        self.rows.append(row)
        return True


def weigh(value: Any) -> int:
    """Estimate how many bytes a value or a whole row takes."""
    match value:
        case str() | bytes() | bytearray():
            return len(value)
        case dict():
            return sum(weigh(key) + weigh(item) for key, item in value.items())
        case Sequence() | set() | frozenset():
            return sum(weigh(item) for item in value)
    return SMALL_VALUE_BYTES

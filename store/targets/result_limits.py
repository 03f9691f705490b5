"""Row and byte limits of query results, shared by all engines."""

import time
from collections.abc import Iterable, Sequence
from typing import Any

from store.rows import Limits, RowColumn, Rows

# Assumed size of a number, a date or a NULL: only long values matter for memory.
SMALL_VALUE_BYTES = 8


class ResultBuffer:
    """Buffer of result rows that stops accepting rows at a limit; `truncated` tells that one was reached."""

    def __init__(self, limits: Limits, started: float | None = None) -> None:
        """`started` is the time of the monotonic clock when the query began; now by default."""
        self._limits = limits
        self._started = time.monotonic() if started is None else started
        self._bytes = 0
        self.rows: list[tuple[Any, ...]] = []
        self.truncated = False

    @property
    def average_row_bytes(self) -> float:
        """Average size of a row in bytes, at least 1."""
        return max(1.0, self._bytes / max(1, len(self.rows)))

    def add(self, row: tuple[Any, ...]) -> bool:
        """Append a row; return False if it does not fit, after which no more rows should be fetched."""
        self._bytes += estimate_size(row)
        if len(self.rows) >= self._limits.rows or self._bytes > self._limits.bytes:
            self.truncated = True
            return False
        self.rows.append(row)
        return True

    def to_rows(self, columns: Iterable[RowColumn]) -> Rows:
        """Return the result, with the time since the query began."""
        elapsed_ms = (time.monotonic() - self._started) * 1_000
        return Rows(tuple(columns), tuple(self.rows), self.truncated, elapsed_ms)


def estimate_size(value: Any) -> int:
    """Estimate the size in bytes of a value or of a whole row."""
    match value:
        case str() | bytes() | bytearray():
            return len(value)
        case dict():
            return sum(estimate_size(key) + estimate_size(item) for key, item in value.items())
        case Sequence() | set() | frozenset():
            return sum(estimate_size(item) for item in value)
    return SMALL_VALUE_BYTES

"""Protocol that every target database engine implements, with the records that it returns."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from store.access.approved_query import Approved
from store.catalog import Catalog, Dialect, Table
from store.rows import Limits, RowColumn, Rows


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """Statistics of one column over a bounded sample of rows.

    `values` are the most frequent values as text, most frequent first; `complete` if the sample was the
    whole table and these are all of its values. `distinct_count` values occur in `non_null_count` rows,
    `singleton_count` of them exactly once. `quantiles` of numbers and timestamps: 5, 25, 50, 75 and 95 %.
    `pattern` names the format that nearly all texts share, such as e-mail addresses.
    """

    column: str
    null_share: float
    distinct_count: int
    smallest: Any = None
    largest: Any = None
    values: tuple[str, ...] = ()
    complete: bool = False
    quantiles: tuple[Any, ...] = ()
    pattern: str | None = None
    non_null_count: int = 0
    singleton_count: int = 0


@dataclass(frozen=True, slots=True)
class Estimate:
    """Query planner's estimate, without running the query. None if the engine gives no figure."""

    rows: int | None
    cost: float | None


class Target(Protocol):
    """A database that can be queried. All of its operations are read-only."""

    dialect: Dialect

    async def catalog(self) -> Catalog:
        """Read tables, columns and keys. Raises `TargetUnavailable`."""
        ...

    async def profile(self, table: Table, max_values: int = 20) -> Sequence[ColumnProfile]:
        """Profile each column over a bounded sample of rows. Raises `QueryFailed`, `TargetUnavailable`."""
        ...

    async def distinct_values(self, table: Table, column: str, limit: int) -> Sequence[str]:
        """Return up to `limit` distinct values of a text column. Raises as `profile`."""
        ...

    async def explain(self, approved: Approved) -> Estimate:
        """Plan the query without running it. Raises `QueryFailed`, `TargetUnavailable`."""
        ...

    async def run(self, approved: Approved, limits: Limits) -> Rows:
        """Run the query read-only and within limits; cancelling the task cancels it. Raises as `explain`."""
        ...

    async def close(self) -> None:
        """Close all connections and worker processes."""
        ...


@dataclass(frozen=True, slots=True)
class ChangeTokens:
    """Opaque texts that change when rows change: by full table name, and one for all other tables."""

    tables: Mapping[str, str] = field(default_factory=dict)
    database: str | None = None

    def of(self, table: str) -> str | None:
        """Return the token of one table; None if the engine cannot detect its changes."""
        return self.tables.get(table, self.database)


@runtime_checkable
class SupportsChangeTokens(Protocol):
    """Target that detects cheaply which of its tables have changed."""

    async def change_tokens(self) -> ChangeTokens:
        """Read the engine's change counters. Raises `TargetUnavailable`."""
        ...


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

"""Protocol that every target database engine implements, with the records that it returns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from store.access.approved_query import Approved
from store.catalog import Catalog, Dialect, Table
from store.rows import Limits, Rows


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

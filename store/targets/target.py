"""The seam behind which every kind of target lives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from store.access.approved_query import Approved
from store.catalog import Catalog, Dialect, Table
from store.rows import Limits, Rows


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """What a bounded sample of a column says. `values`: the most frequent, as text, in that order.

    `distinct` values were seen in `filled` rows, `once` of them in one row only.
    `quantiles` are of numbers and moments: a twentieth, a quarter, the half, three quarters, all but a
    twentieth; `pattern` names what nearly all texts look like.

    `complete` tells that the whole table was looked at and these are all of its values.
    """

    column: str
    null_share: float
    distinct: int
    smallest: Any = None
    largest: Any = None
    values: tuple[str, ...] = ()
    complete: bool = False
    quantiles: tuple[Any, ...] = ()
    pattern: str | None = None
    filled: int = 0
    once: int = 0


@dataclass(frozen=True, slots=True)
class Estimate:
    """What the target's own EXPLAIN expects, without running anything. None where the engine does not say."""

    rows: int | None
    cost: float | None


class Target(Protocol):
    """A database being asked. Everything here reads."""

    dialect: Dialect

    async def catalog(self) -> Catalog:
        """Read what there is. Raises `TargetUnavailable`."""
        ...

    async def profile(self, table: Table, most: int = 20) -> Sequence[ColumnProfile]:
        """Look at a bounded sample of each column. Raises `QueryFailed`, `TargetUnavailable`."""
        ...

    async def distinct_values(self, table: Table, column: str, most: int) -> Sequence[str]:
        """Name up to `most` distinct values of a text column. Raises as `profile`."""
        ...

    async def explain(self, approved: Approved) -> Estimate:
        """Let the engine plan the query without running it. Raises `QueryFailed`, `TargetUnavailable`."""
        ...

    async def run(self, approved: Approved, limits: Limits) -> Rows:
        """Run it read-only, stopped at the limits; cancelling stops the statement. Raises as `explain`."""
        ...

    async def close(self) -> None:
        """Let go of every connection."""
        ...


@dataclass(frozen=True, slots=True)
class Traces:
    """Texts that change when rows do: by a table's full name, and one for all that are not named, if any."""

    tables: Mapping[str, str] = field(default_factory=dict)
    whole: str | None = None

    def of(self, table: str) -> str | None:
        """Give the trace of one table; None where nobody knows whether it has changed."""
        return self.tables.get(table, self.whole)


@runtime_checkable
class Traced(Protocol):
    """A target that can tell cheaply which of its tables have changed."""

    async def traces(self) -> Traces:
        """Look at what the engine counts or notes of changes. Raises `TargetUnavailable`."""
        ...

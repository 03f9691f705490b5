"""A target of which only the catalog is read."""

from collections.abc import Sequence

from store.approved import Approved
from store.catalog import Catalog, Dialect, Table
from store.rows import Limits, Rows
from store.targets.target import ColumnProfile, Estimate, Target, Traced, Traces


class Unsampled:
    """Shows what there is, and tells nothing of what is stored."""

    def __init__(self, target: Target) -> None:
        self.dialect: Dialect = target.dialect
        self._target = target

    async def catalog(self) -> Catalog:
        """Read what there is. Raises `TargetUnavailable`."""
        return await self._target.catalog()

    async def traces(self) -> Traces:
        """Tell which tables have changed, in other words than when they are sampled. Raises as `catalog`."""
        told = await self._target.traces() if isinstance(self._target, Traced) else Traces()
        tables = {table: f"unsampled {trace}" for table, trace in told.tables.items()}
        return Traces(tables, None if told.whole is None else f"unsampled {told.whole}")

    async def profile(self, table: Table, most: int = 20) -> Sequence[ColumnProfile]:
        """Say nothing of any column."""
        return ()

    async def distinct_values(self, table: Table, column: str, most: int) -> Sequence[str]:
        """Name no value."""
        return ()

    async def explain(self, approved: Approved) -> Estimate:
        """Plan as ever."""
        return await self._target.explain(approved)

    async def run(self, approved: Approved, limits: Limits) -> Rows:
        """Run as ever."""
        return await self._target.run(approved, limits)

    async def close(self) -> None:
        """Let go of the target."""
        await self._target.close()

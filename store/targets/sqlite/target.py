"""A SQLite file as a target."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from store.access.approved_query import Approved, values_of
from store.catalog import Catalog, Dialect, Table
from store.errors import BadConnection
from store.rows import Limits, Rows
from store.targets.change_detection import SQLITE_COUNTS, trace_file
from store.targets.processes.executor import Confined, Deadline
from store.targets.profiling import CATALOG, SAMPLE, VALUES, as_text, every_nth, profile_columns
from store.targets.sqlite.catalog import quote
from store.targets.sqlite.worker import Request
from store.targets.target import ColumnProfile, Estimate, Traces


class SqliteTarget:
    """Reads a SQLite file. Every statement has its own connection, in a process that can be killed."""

    dialect: Dialect = "sqlite"

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise BadConnection(f"There is no file {path.name!r} to open as a SQLite database.")
        self._path = path.absolute()
        self._confined = Confined("store.targets.sqlite.worker:work")

    async def catalog(self) -> Catalog:
        """Read what there is. Raises `TargetUnavailable`."""
        catalog = await self._ask(Request(self._path, CATALOG))
        assert isinstance(catalog, Catalog)
        return catalog

    async def traces(self) -> Traces:
        """Tell whether the file has changed: SQLite does not say which of its tables was written to."""
        return Traces(whole=await asyncio.to_thread(trace_file, self._path, SQLITE_COUNTS, "-wal"))

    async def profile(self, table: Table, most: int = 20) -> Sequence[ColumnProfile]:
        """Look at a bounded number of rows of a table. Raises `QueryFailed`, `TargetUnavailable`."""
        columns = ", ".join(quote(column.name) for column in table.columns)
        sql = f"SELECT {columns} FROM {quote(table.name)}"
        if (step := every_nth(table.row_estimate)) > 1:
            numbered = f"SELECT *, row_number() OVER () AS querent_nth FROM {quote(table.name)}"
            sql = f"SELECT {columns} FROM ({numbered}) WHERE querent_nth % {step} = 0"
        rows = await self._run(sql, SAMPLE)
        return profile_columns(table.columns, rows.values, most, whole=step == 1 and not rows.truncated)

    async def distinct_values(self, table: Table, column: str, most: int) -> Sequence[str]:
        """Name up to `most` distinct values of a column. Raises as `profile`."""
        name, limit = quote(column), int(most)
        sql = f"SELECT DISTINCT {name} FROM {quote(table.name)} WHERE {name} IS NOT NULL LIMIT {limit}"
        return sorted(as_text(value) for (value,) in (await self._run(sql, VALUES)).values)

    async def explain(self, approved: Approved) -> Estimate:
        """Let SQLite plan the query; it does not say what it expects. Raises as `run`."""
        await self._run(f"EXPLAIN QUERY PLAN {approved.sql}", SAMPLE, approved)
        return Estimate(rows=None, cost=None)

    async def run(self, approved: Approved, limits: Limits) -> Rows:
        """Run it; cancelling the task stops it. Raises `QueryFailed`, `TargetUnavailable`."""
        return await self._run(approved.sql, limits, approved)

    async def close(self) -> None:
        """Let go of threads and processes."""
        await self._confined.close()

    async def _run(self, sql: str, limits: Limits, approved: Approved | None = None) -> Rows:
        tables = frozenset(approved.tables) if approved else None
        values = values_of(approved) if approved else ()
        rows = await self._ask(Request(self._path, limits, sql, tables, values))
        assert isinstance(rows, Rows)
        return rows

    async def _ask(self, request: Request) -> object:
        return await self._confined.ask(request, Deadline(request.sql or "", request.limits.seconds))

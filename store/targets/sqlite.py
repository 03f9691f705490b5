"""A SQLite file as a target."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from store.approved import Approved
from store.catalog import Catalog, Dialect, Table
from store.errors import BadConnection, TargetUnavailable
from store.rows import Limits, Rows
from store.targets.sampling import SAMPLE, as_text, profile_columns
from store.targets.sqlite_catalog import quote, read_catalog
from store.targets.sqlite_session import Statement, open_session, run_statement
from store.targets.target import ColumnProfile, Estimate

Result = TypeVar("Result")

# More at once would only wait for the same disk and processor.
THREADS = 4


class SqliteTarget:
    """Reads a SQLite file. Every statement has its own connection and its own thread."""

    dialect: Dialect = "sqlite"

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise BadConnection(f"There is no file {path.name!r} to open as a SQLite database.")
        self._path = path
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="sqlite")
        self._closed = False

    async def catalog(self) -> Catalog:
        """Read what there is. Raises `TargetUnavailable`."""
        return await self._work(Statement("PRAGMA table_list", SAMPLE), self._read_catalog)

    async def profile(self, table: Table, most: int = 20) -> Sequence[ColumnProfile]:
        """Look at the first rows of a table. Raises `QueryFailed`, `TargetUnavailable`."""
        columns = ", ".join(quote(column.name) for column in table.columns)
        rows = await self._read(f"SELECT {columns} FROM {quote(table.name)}")
        return profile_columns(table.columns, rows.values, most)

    async def distinct_values(self, table: Table, column: str, most: int) -> Sequence[str]:
        """Name up to `most` distinct values of a column. Raises as `profile`."""
        name = quote(column)
        rows = await self._read(
            f"SELECT DISTINCT {name} FROM {quote(table.name)} WHERE {name} IS NOT NULL LIMIT {int(most)}"
        )
        return sorted(as_text(value) for (value,) in rows.values)

    async def explain(self, approved: Approved) -> Estimate:
        """Let SQLite plan the query; it does not say what it expects. Raises as `run`."""
        await self._run(f"EXPLAIN QUERY PLAN {approved.sql}", SAMPLE, approved)
        return Estimate(rows=None, cost=None)

    async def run(self, approved: Approved, limits: Limits) -> Rows:
        """Run it; cancelling the task stops it. Raises `QueryFailed`, `TargetUnavailable`."""
        return await self._run(approved.sql, limits, approved)

    async def close(self) -> None:
        """Let go of the threads."""
        self._closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _read_catalog(self, statement: Statement) -> Catalog:
        with open_session(self._path, statement, trusted=True) as session:
            return read_catalog(session)

    async def _run(self, sql: str, limits: Limits, approved: Approved) -> Rows:
        return await self._work(Statement(sql, limits, frozenset(approved.tables)), self._run_statement)

    async def _read(self, sql: str) -> Rows:
        return await self._work(Statement(sql, SAMPLE), self._run_statement)

    def _run_statement(self, statement: Statement) -> Rows:
        return run_statement(self._path, statement)

    async def _work(self, statement: Statement, step: Callable[[Statement], Result]) -> Result:
        if self._closed:
            raise TargetUnavailable("The database has been closed.")
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, step, statement)
        finally:
            # A cancelled task leaves its thread behind, which looks at this flag.
            statement.stop.set()

"""Target implementation for SQLite files."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from store.access.approved_query import Approved, bind_values
from store.catalog import Catalog, Dialect, Table
from store.errors import InvalidConnection
from store.rows import Limits, Rows
from store.targets.change_detection import SQLITE_CHANGE_COUNTER, file_change_token
from store.targets.processes.pool import ProcessExecutor
from store.targets.profiling import (
    CATALOG_LIMITS,
    SAMPLE_LIMITS,
    VALUE_LIMITS,
    as_text,
    profile_columns,
    sample_step,
)
from store.targets.sqlite.catalog import quote
from store.targets.sqlite.session import SqliteRequest, SqliteStatement, run_statement
from store.targets.target import ChangeTokens, ColumnProfile, Estimate


class SqliteTarget:
    """Target that reads a SQLite file. Each statement has its own connection in a killable process."""

    dialect: Dialect = "sqlite"

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise InvalidConnection(f"There is no file {path.name!r} to open as a SQLite database.")
        self._path = path.absolute()
        self._executor = ProcessExecutor("store.targets.sqlite.session:handle_request")

    async def catalog(self) -> Catalog:
        """Read tables, columns and keys. Raises `TargetUnavailable`."""
        request = SqliteRequest(self._path, CATALOG_LIMITS)
        return await self._executor.read_catalog(request, CATALOG_LIMITS.seconds)

    async def change_tokens(self) -> ChangeTokens:
        """Return one token for the whole file: SQLite does not tell which table was written to."""
        path = self._path
        token = await asyncio.to_thread(file_change_token, path, SQLITE_CHANGE_COUNTER, "-wal")
        return ChangeTokens(database=token)

    async def profile(self, table: Table, max_values: int = 20) -> Sequence[ColumnProfile]:
        """Profile each column over a bounded sample of rows. Raises `QueryFailed`, `TargetUnavailable`."""
        columns = ", ".join(quote(column.name) for column in table.columns)
        sql = f"SELECT {columns} FROM {quote(table.name)}"
        if (step := sample_step(table.row_estimate)) > 1:
            numbered = f"SELECT *, row_number() OVER () AS querent_nth FROM {quote(table.name)}"
            sql = f"SELECT {columns} FROM ({numbered}) WHERE querent_nth % {step} = 0"
        rows = await self._run(sql, SAMPLE_LIMITS)
        return profile_columns(
            table.columns, rows.values, max_values, complete=step == 1 and not rows.truncated
        )

    async def distinct_values(self, table: Table, column: str, limit: int) -> Sequence[str]:
        """Return up to `limit` distinct values of a column. Raises as `profile`."""
        name, limit = quote(column), int(limit)
        sql = f"SELECT DISTINCT {name} FROM {quote(table.name)} WHERE {name} IS NOT NULL LIMIT {limit}"
        return sorted(as_text(value) for (value,) in (await self._run(sql, VALUE_LIMITS)).values)

    async def explain(self, approved: Approved) -> Estimate:
        """Plan the query; SQLite gives no estimate. Raises as `run`."""
        await self._run(f"EXPLAIN QUERY PLAN {approved.sql}", SAMPLE_LIMITS, approved)
        return Estimate(rows=None, cost=None)

    async def run(self, approved: Approved, limits: Limits) -> Rows:
        """Run the query; cancelling the task kills its process. Raises `QueryFailed`, `TargetUnavailable`."""
        return await self._run(approved.sql, limits, approved)

    async def close(self) -> None:
        """Stop threads and processes."""
        await self._executor.close()

    async def _run(self, sql: str, limits: Limits, approved: Approved | None = None) -> Rows:
        tables = frozenset(approved.tables) if approved else None
        values = bind_values(approved) if approved else ()
        request = SqliteRequest(self._path, limits, sql, tables, values)
        return await self._executor.fetch_rows(request, sql, limits.seconds)


async def run_reference_query(path: Path, sql: str, limits: Limits) -> Rows:
    """Run a reference query unchanged, in a read-only session. Raises `QueryFailed`, `TargetUnavailable`.

    It bypasses the guard on purpose: an evaluation that compares with validated and reprinted SQL could not
    detect queries that the guard breaks.
    """
    statement = SqliteStatement(sql, limits)
    try:
        return await asyncio.to_thread(run_statement, path, statement)
    finally:
        statement.stop.set()

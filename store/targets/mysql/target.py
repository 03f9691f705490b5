"""Target implementation for MySQL and MariaDB."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pymysql.cursors import SSCursor

from store.access.approved_query import Approved, bind_values
from store.access.roles import Scalar
from store.catalog import Catalog, Dialect, Table
from store.errors import QueryFailed
from store.rows import Limits, Rows
from store.targets.address import TargetAddress
from store.targets.connect_errors import CONNECT_SECONDS, catalog_errors
from store.targets.host_allowlist import HostAllowlist
from store.targets.mysql.catalog import quote, read_catalog
from store.targets.mysql.sandbox import check_statement
from store.targets.mysql.session import MysqlServer, MysqlStatement, fetch_rows
from store.targets.processes.pool import GRACE_SECONDS
from store.targets.profiling import (
    CATALOG_LIMITS,
    SAMPLE_LIMITS,
    VALUE_LIMITS,
    as_text,
    profile_columns,
    sample_step,
)
from store.targets.target import ColumnProfile, Estimate

T = TypeVar("T")
# Concurrent statements, each in a session of its own.
MAX_SESSIONS = 4


class MysqlTarget:
    """Target that reads in READ ONLY transactions, with a separate session for each statement."""

    dialect: Dialect = "mysql"

    def __init__(
        self,
        address: TargetAddress,
        hosts: HostAllowlist | None = None,
        connect_seconds: float = CONNECT_SECONDS,
    ) -> None:
        """Connects lazily, within `connect_seconds`."""
        self._server = MysqlServer(address, hosts or HostAllowlist(), connect_seconds)
        self._threads = ThreadPoolExecutor(MAX_SESSIONS, thread_name_prefix="mysql")
        # Cancelling must not wait for a thread that runs a statement.
        self._cancel_threads = ThreadPoolExecutor(MAX_SESSIONS, thread_name_prefix="mysql-cancel")

    async def catalog(self) -> Catalog:
        """Read tables, columns and keys. Raises `TargetUnavailable`."""
        with catalog_errors():
            return await self._execute(MysqlStatement("the catalog", CATALOG_LIMITS), self._read_catalog)

    async def profile(self, table: Table, max_values: int = 20) -> Sequence[ColumnProfile]:
        """Profile each column over a bounded sample of rows. Raises `QueryFailed`, `TargetUnavailable`."""
        columns = ", ".join(quote(column.name) for column in table.columns)
        sql = f"SELECT {columns} FROM {_qualified_name(table)}"
        step = sample_step(table.row_estimate)
        if step > 1 and not table.is_view:
            # Seeded, so that every scan sees the same rows and finds no spurious changes.
            sql += f" WHERE RAND(0) < {0.9 / step}"
        rows = await self._read(sql)
        return profile_columns(
            table.columns, rows.values, max_values, complete=step == 1 and not rows.truncated
        )

    async def distinct_values(self, table: Table, column: str, limit: int) -> Sequence[str]:
        """Return up to `limit` distinct values of a column. Raises as `profile`."""
        name, limit = quote(column), int(limit)
        rows = await self._read(
            f"SELECT DISTINCT {name} FROM {_qualified_name(table)} WHERE {name} IS NOT NULL LIMIT {limit}",
            limits=VALUE_LIMITS,
        )
        return sorted(as_text(value) for (value,) in rows.values)

    async def explain(self, approved: Approved) -> Estimate:
        """Plan the query without running it. Raises as `run`."""
        check_statement(approved.sql)
        rows = await self._read(f"EXPLAIN {approved.sql}", bind_values(approved))
        names = [column.name for column in rows.columns]
        counts = [row[names.index("rows")] for row in rows.values] if "rows" in names else []
        # EXPLAIN has one line for each table that is read; the largest count is the estimate.
        return Estimate(
            rows=max((int(count) for count in counts if count is not None), default=None), cost=None
        )

    async def run(self, approved: Approved, limits: Limits) -> Rows:
        """Run the query; cancelling the task kills it. Raises `QueryFailed`, `TargetUnavailable`."""
        check_statement(approved.sql)
        statement = MysqlStatement(approved.sql, limits, bind_values(approved))
        return await self._execute(statement, lambda cursor: fetch_rows(cursor, statement))

    async def close(self) -> None:
        """Stop the threads; sessions end with their statements."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._cancel_threads.shutdown(wait=False)

    async def _read(self, sql: str, values: tuple[Scalar, ...] = (), limits: Limits = SAMPLE_LIMITS) -> Rows:
        statement = MysqlStatement(sql, limits, values)
        return await self._execute(statement, lambda cursor: fetch_rows(cursor, statement))

    def _read_catalog(self, cursor: SSCursor) -> Catalog:
        is_mariadb = "mariadb" in cursor.connection.get_server_info().lower()
        return read_catalog(cursor, is_mariadb=is_mariadb)

    async def _execute(self, statement: MysqlStatement, work: Callable[[SSCursor], T]) -> T:
        def in_thread() -> T:
            with self._server.open_session(statement) as cursor:
                return work(cursor)

        loop = asyncio.get_running_loop()
        execution = loop.run_in_executor(self._threads, in_thread)
        try:
            async with asyncio.timeout(statement.limits.seconds + GRACE_SECONDS):
                return await execution
        except TimeoutError as error:
            await self._cancel(statement)
            raise QueryFailed(statement.sql, "timeout", "The query timed out.") from error
        except asyncio.CancelledError:
            await asyncio.shield(self._cancel(statement))
            raise

    async def _cancel(self, statement: MysqlStatement) -> None:
        await asyncio.get_running_loop().run_in_executor(self._cancel_threads, self._server.cancel, statement)


def _qualified_name(table: Table) -> str:
    return f"{quote(table.schema)}.{quote(table.name)}" if table.schema else quote(table.name)

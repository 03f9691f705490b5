"""A MySQL or MariaDB database as a target."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pymysql.cursors import SSCursor

from store.access.approved_query import Approved, values_of
from store.access.roles import Scalar
from store.catalog import Catalog, Dialect, Table
from store.errors import QueryFailed
from store.rows import Limits, Rows
from store.targets.address import Address
from store.targets.host_allowlist import Hosts
from store.targets.mysql.catalog import quote, read_catalog
from store.targets.mysql.sandbox import check
from store.targets.mysql.session import Door, Statement, fetch
from store.targets.processes.executor import GRACE_SECONDS, MOST
from store.targets.profiling import SAMPLE, VALUES, as_text, every_nth, profile_columns
from store.targets.target import ColumnProfile, Estimate

Result = TypeVar("Result")


class MysqlTarget:
    """Reads in READ ONLY transactions, each statement in a session of its own."""

    dialect: Dialect = "mysql"

    def __init__(self, address: Address, hosts: Hosts | None = None) -> None:
        """Nothing is opened yet."""
        self._door = Door(address, hosts or Hosts())
        self._threads = ThreadPoolExecutor(MOST, thread_name_prefix="mysql")
        # Who stops a statement must not wait for a thread that runs one.
        self._stoppers = ThreadPoolExecutor(MOST, thread_name_prefix="mysql-stop")

    async def catalog(self) -> Catalog:
        """Read what there is. Raises `TargetUnavailable`."""
        return await self._ask(Statement("the catalog", SAMPLE), self._read_catalog)

    async def profile(self, table: Table, most: int = 20) -> Sequence[ColumnProfile]:
        """Look at a bounded number of rows of a table. Raises `QueryFailed`, `TargetUnavailable`."""
        columns = ", ".join(quote(column.name) for column in table.columns)
        sql = f"SELECT {columns} FROM {_name(table)}"
        step = every_nth(table.row_estimate)
        if step > 1 and not table.is_view:
            # With a seed these are always the same rows, or each survey would find a change.
            sql += f" WHERE RAND(0) < {0.9 / step}"
        rows = await self._read(sql)
        return profile_columns(table.columns, rows.values, most, whole=step == 1 and not rows.truncated)

    async def distinct_values(self, table: Table, column: str, most: int) -> Sequence[str]:
        """Name up to `most` distinct values of a column. Raises as `profile`."""
        name, limit = quote(column), int(most)
        rows = await self._read(
            f"SELECT DISTINCT {name} FROM {_name(table)} WHERE {name} IS NOT NULL LIMIT {limit}",
            limits=VALUES,
        )
        return sorted(as_text(value) for (value,) in rows.values)

    async def explain(self, approved: Approved) -> Estimate:
        """Let the server plan the query without running it. Raises as `run`."""
        check(approved.sql)
        rows = await self._read(f"EXPLAIN {approved.sql}", values_of(approved))
        names = [column.name for column in rows.columns]
        planned = [row[names.index("rows")] for row in rows.values] if "rows" in names else []
        # One line for each table that is read: together they tell how much is looked at.
        known = [int(each) for each in planned if each is not None]
        return Estimate(rows=max(known, default=None), cost=None)

    async def run(self, approved: Approved, limits: Limits) -> Rows:
        """Run it; cancelling the task kills it in the server. Raises `QueryFailed`, `TargetUnavailable`."""
        check(approved.sql)
        statement = Statement(approved.sql, limits, values_of(approved))
        return await self._ask(statement, lambda cursor: fetch(cursor, statement))

    async def close(self) -> None:
        """Let go of the threads; a session ends with its statement."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._stoppers.shutdown(wait=False)

    async def _read(self, sql: str, values: tuple[Scalar, ...] = (), limits: Limits = SAMPLE) -> Rows:
        statement = Statement(sql, limits, values)
        return await self._ask(statement, lambda cursor: fetch(cursor, statement))

    def _read_catalog(self, cursor: SSCursor) -> Catalog:
        is_mariadb = "mariadb" in cursor.connection.get_server_info().lower()
        return read_catalog(cursor, is_mariadb=is_mariadb)

    async def _ask(self, statement: Statement, work: Callable[[SSCursor], Result]) -> Result:
        def in_thread() -> Result:
            with self._door.open(statement) as cursor:
                return work(cursor)

        loop = asyncio.get_running_loop()
        working = loop.run_in_executor(self._threads, in_thread)
        try:
            async with asyncio.timeout(statement.limits.seconds + GRACE_SECONDS):
                return await working
        except TimeoutError as error:
            await self._stop(statement)
            raise QueryFailed(statement.sql, "timeout", "The query took too long.") from error
        except asyncio.CancelledError:
            await asyncio.shield(self._stop(statement))
            raise

    async def _stop(self, statement: Statement) -> None:
        await asyncio.get_running_loop().run_in_executor(self._stoppers, self._door.stop, statement)


def _name(table: Table) -> str:
    return f"{quote(table.schema)}.{quote(table.name)}" if table.schema else quote(table.name)

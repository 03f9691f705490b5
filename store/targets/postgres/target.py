"""A PostgreSQL database as a target."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import lru_cache
from typing import Any, LiteralString

from psycopg import AsyncConnection, AsyncRawCursor, AsyncRawServerCursor, Error, sql
from psycopg.pq import TransactionStatus

from store.access.approved_query import Approved, values_of
from store.access.roles import Scalar
from store.catalog import Catalog, Dialect, Table
from store.errors import QueryFailed
from store.rows import Limits, RowColumn, Rows
from store.targets.address import Address
from store.targets.address_url import read_address
from store.targets.host_allowlist import Hosts
from store.targets.postgres.catalog import read_catalog, read_traces
from store.targets.postgres.connections import LEAST, MeteredConnection, PostgresConnections, TooMuchSaid
from store.targets.postgres.errors import explain
from store.targets.postgres.type_mapping import kind_of_oid
from store.targets.profiling import CATALOG, SAMPLE, VALUES, as_text, every_nth, profile_columns
from store.targets.result_limits import Cut
from store.targets.target import ColumnProfile, Estimate, Traces

# The search path leads to the system's functions: tables are written with their schema, and a function,
# operator or type that somebody added cannot be reached by a name that looks like the system's.
# One trip for all of it.
_BEGIN = sql.SQL("""
    BEGIN READ ONLY;
    SELECT set_config('statement_timeout', {seconds}, true), set_config('lock_timeout', '2s', true),
        set_config('idle_in_transaction_session_timeout', {seconds}, true),
        set_config('search_path', {path}, true),
        set_config('standard_conforming_strings', 'on', true), set_config('xmlbinary', 'base64', true)
""")
# Operators of extensions have no other way to be found: without them `citext` compares like `text`.
_PATH: LiteralString = """
    SELECT concat_ws(', ', 'pg_catalog', string_agg(DISTINCT quote_ident(n.nspname), ', '))
    FROM pg_catalog.pg_depend AS d
    JOIN pg_catalog.pg_operator AS o
        ON d.classid = 'pg_catalog.pg_operator'::pg_catalog.regclass AND d.objid = o.oid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = o.oprnamespace
    WHERE d.deptype = 'e' AND n.nspname <> 'pg_catalog'
"""
# The first batch is small, for a single row may be large.
FIRST_BATCH = 20
BATCH = 500


class PostgresTarget:
    """Reads in READ ONLY transactions by named cursors, which take one query and nothing else."""

    dialect: Dialect = "postgres"

    def __init__(self, address: Address | str, hosts: Hosts | None = None) -> None:
        """Nothing is opened yet. Raises `BadConnection` when the address, a URL, cannot be used."""
        known = read_address(address) if isinstance(address, str) else address
        self._connections = PostgresConnections(known, hosts or Hosts())
        self._role = known.role
        self._path: str | None = None

    async def catalog(self) -> Catalog:
        """Read what there is. Raises `TargetUnavailable`."""
        async with self._reading("the catalog", CATALOG) as connection:
            return await read_catalog(connection)

    async def traces(self) -> Traces:
        """Tell which tables have changed. Raises `TargetUnavailable`."""
        async with self._reading("the counts of changes", CATALOG) as connection:
            return Traces(await read_traces(connection))

    async def profile(self, table: Table, most: int = 20) -> Sequence[ColumnProfile]:
        """Look at a bounded number of rows of a table. Raises `QueryFailed`, `TargetUnavailable`."""
        columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns)
        query = sql.SQL("SELECT {} FROM {}").format(columns, _name(table))
        step = every_nth(table.row_estimate)
        if step > 1 and not table.is_view:
            # Always the same rows, or each survey would find a change; fewer than the cap cuts off.
            share = sql.Literal(90.0 / step)
            query += sql.SQL(" TABLESAMPLE BERNOULLI ({}) REPEATABLE (0)").format(share)
        rows = await self._read(query)
        return profile_columns(table.columns, rows.values, most, whole=step == 1 and not rows.truncated)

    async def distinct_values(self, table: Table, column: str, most: int) -> Sequence[str]:
        """Name up to `most` distinct values of a column. Raises as `profile`."""
        query = sql.SQL("SELECT DISTINCT {0}::text FROM {1} WHERE {0} IS NOT NULL LIMIT {2}")
        rows = await self._read(query.format(sql.Identifier(column), _name(table), sql.Literal(most)), VALUES)
        return sorted(as_text(value) for (value,) in rows.values)

    async def explain(self, approved: Approved) -> Estimate:
        """Let PostgreSQL plan the query without running it. Raises as `run`."""
        async with self._reading(approved.sql, SAMPLE) as connection:
            statement = sql.SQL("EXPLAIN (FORMAT JSON) ") + sql.SQL(_judged(approved))
            # For an answer in binary the driver speaks the protocol in which the server takes one statement
            # and no second one. Prepared it would too, in two trips, and keep what is asked once.
            cursor = AsyncRawCursor(connection)
            await cursor.execute(statement, values_of(approved), prepare=False, binary=True)
            ((plan,),) = await cursor.fetchall()
        return Estimate(rows=int(plan[0]["Plan"]["Plan Rows"]), cost=float(plan[0]["Plan"]["Total Cost"]))

    async def run(self, approved: Approved, limits: Limits) -> Rows:
        """Run it; cancelling the task cancels it in the server. Raises `QueryFailed`, `TargetUnavailable`."""
        begun = time.monotonic()
        async with self._reading(approved.shown_sql, limits) as connection:
            statement = sql.SQL(_judged(approved))
            return await _fetch(connection, statement, limits, begun, values_of(approved))

    async def close(self) -> None:
        """Let go of every connection."""
        await self._connections.close()

    async def _read(self, query: sql.Composed, limits: Limits = SAMPLE) -> Rows:
        async with self._reading(query.as_string(), limits) as connection:
            return await _fetch(connection, query, limits, time.monotonic())

    @asynccontextmanager
    async def _reading(self, text: str, limits: Limits) -> AsyncIterator[MeteredConnection]:
        """A transaction that can only read, and not for longer than the limit in all."""
        try:
            async with asyncio.timeout(None) as clock:

                async def begin(connection: MeteredConnection) -> None:
                    # Waiting for a connection does not count.
                    clock.reschedule(asyncio.get_running_loop().time() + limits.seconds + 1)
                    if self._path is None:
                        self._path = await _find_path(connection)
                    # Never prepared: that takes a single statement.
                    await connection.execute(_begin(self._path, limits.seconds, self._role), prepare=False)

                async with self._connections.lend(begin) as connection:
                    yield connection
        except Error as error:
            raise explain(error, text) from error
        except TimeoutError as error:
            raise QueryFailed(text, "timeout", "The query took too long.") from error


@lru_cache(maxsize=64)
def _begin(path: str, seconds: float, role: str | None) -> sql.SQL:
    """Begin to read: the time it may take, what names may mean, and as whom."""
    most = sql.Literal(f"{int(seconds * 1000)}ms")
    begin = _BEGIN.format(seconds=most, path=sql.Literal(path))
    if role:
        begin += sql.SQL("; SET LOCAL ROLE {}").format(sql.Identifier(role))
    return sql.SQL(begin.as_string())


async def _find_path(connection: AsyncConnection) -> str:
    cursor = await connection.execute(_PATH)
    ((path,),) = await cursor.fetchall()
    return str(path)


def _judged(approved: Approved) -> LiteralString:
    """The one text that is not a literal of ours: printed by the guard from the tree it judged."""
    return approved.sql


def _name(table: Table) -> sql.Identifier:
    return sql.Identifier(table.schema or "public", table.name)


async def _fetch(
    connection: MeteredConnection,
    query: sql.SQL | sql.Composed,
    limits: Limits,
    begun: float,
    values: Sequence[Scalar] = (),
) -> Rows:
    """Fetch until the end or a limit, in batches, so that no more than one batch is ever too much."""
    cut = Cut(limits)
    # Raw: the server binds the values, and a percent sign is only that.
    async with AsyncRawServerCursor(connection, "querent") as cursor:
        await cursor.execute(query, values)
        with suppress(TooMuchSaid), connection.listening(limits.bytes):
            await _fetch_into(cut, cursor)
        columns = tuple(
            RowColumn(item.name, kind_of_oid(item.type_code)) for item in cursor.description or ()
        )
        if connection.info.transaction_status is TransactionStatus.INTRANS:
            # Ends the cursor too, which would be closed by a trip of its own.
            await connection.rollback()
    return Rows(columns, tuple(cut.rows), cut.truncated, (time.monotonic() - begun) * 1_000)


async def _fetch_into(cut: Cut, cursor: AsyncRawServerCursor[tuple[Any, ...]]) -> None:
    size = FIRST_BATCH
    try:
        while (batch := await cursor.fetchmany(size)) and all(cut.take(row) for row in batch):
            if len(batch) < size:
                return
            size = max(1, min(BATCH, int(LEAST / 2 / cut.bytes_of_a_row)))
    except TooMuchSaid:
        cut.truncated = True
        raise

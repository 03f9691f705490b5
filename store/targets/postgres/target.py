"""Target implementation for PostgreSQL."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import lru_cache
from typing import Any, LiteralString

from psycopg import AsyncConnection, AsyncRawCursor, AsyncRawServerCursor, Error, sql
from psycopg.pq import TransactionStatus

from store.access.approved_query import Approved, bind_values
from store.access.roles import Scalar
from store.catalog import Catalog, Dialect, Table
from store.errors import QueryFailed
from store.rows import Limits, RowColumn, Rows
from store.targets.address import TargetAddress, parse_address
from store.targets.connect_errors import CONNECT_SECONDS, catalog_errors
from store.targets.host_allowlist import HostAllowlist
from store.targets.postgres.catalog import kind_of_oid, read_catalog, read_change_tokens
from store.targets.postgres.connections import (
    MIN_RECEIVE_BYTES,
    MeteredConnection,
    PostgresConnectionPool,
    ReceiveLimitExceeded,
    translate_error,
)
from store.targets.profiling import (
    CATALOG_LIMITS,
    SAMPLE_LIMITS,
    VALUE_LIMITS,
    as_text,
    profile_columns,
    sample_step,
)
from store.targets.target import ChangeTokens, ColumnProfile, Estimate, ResultBuffer

# The search path contains built-in functions only: tables are qualified by schema, and a user-defined
# function, operator or type cannot shadow a built-in one. All in one round trip.
_BEGIN = sql.SQL("""
    BEGIN READ ONLY;
    SELECT set_config('statement_timeout', {seconds}, true), set_config('lock_timeout', '2s', true),
        set_config('idle_in_transaction_session_timeout', {seconds}, true),
        set_config('search_path', {path}, true),
        set_config('standard_conforming_strings', 'on', true), set_config('xmlbinary', 'base64', true)
""")
# Operators of extensions are only found through the search path: otherwise `citext` compares like `text`.
_SEARCH_PATH: LiteralString = """
    SELECT concat_ws(', ', 'pg_catalog', string_agg(DISTINCT quote_ident(n.nspname), ', '))
    FROM pg_catalog.pg_depend AS d
    JOIN pg_catalog.pg_operator AS o
        ON d.classid = 'pg_catalog.pg_operator'::pg_catalog.regclass AND d.objid = o.oid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = o.oprnamespace
    WHERE d.deptype = 'e' AND n.nspname <> 'pg_catalog'
"""
# The first batch is small, since a single row may be large.
FIRST_BATCH = 20
BATCH = 500


class PostgresTarget:
    """Target that reads in READ ONLY transactions through named cursors, which accept a single query."""

    dialect: Dialect = "postgres"

    def __init__(
        self,
        address: TargetAddress | str,
        hosts: HostAllowlist | None = None,
        connect_seconds: float = CONNECT_SECONDS,
    ) -> None:
        """Connects lazily, within `connect_seconds`. Raises `InvalidConnection` for an invalid URL."""
        parsed = parse_address(address) if isinstance(address, str) else address
        self._connections = PostgresConnectionPool(parsed, hosts or HostAllowlist(), connect_seconds)
        self._role = parsed.role
        self._search_path: str | None = None

    async def catalog(self) -> Catalog:
        """Read tables, columns and keys. Raises `TargetUnavailable`."""
        with catalog_errors():
            async with self._transaction("the catalog", CATALOG_LIMITS) as connection:
                return await read_catalog(connection)

    async def change_tokens(self) -> ChangeTokens:
        """Read the change counters of all tables. Raises `TargetUnavailable`."""
        async with self._transaction("the change counters", CATALOG_LIMITS) as connection:
            return ChangeTokens(await read_change_tokens(connection))

    async def profile(self, table: Table, max_values: int = 20) -> Sequence[ColumnProfile]:
        """Profile each column over a bounded sample of rows. Raises `QueryFailed`, `TargetUnavailable`."""
        columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns)
        query = sql.SQL("SELECT {} FROM {}").format(columns, _qualified_name(table))
        step = sample_step(table.row_estimate)
        if step > 1 and not table.is_view:
            # Repeatable, so that every scan sees the same rows; 90 % of the limit, so that none are cut off.
            share = sql.Literal(90.0 / step)
            query += sql.SQL(" TABLESAMPLE BERNOULLI ({}) REPEATABLE (0)").format(share)
        rows = await self._read(query)
        return profile_columns(
            table.columns, rows.values, max_values, complete=step == 1 and not rows.truncated
        )

    async def distinct_values(self, table: Table, column: str, limit: int) -> Sequence[str]:
        """Return up to `limit` distinct values of a column. Raises as `profile`."""
        query = sql.SQL("SELECT DISTINCT {0}::text FROM {1} WHERE {0} IS NOT NULL LIMIT {2}")
        rows = await self._read(
            query.format(sql.Identifier(column), _qualified_name(table), sql.Literal(limit)), VALUE_LIMITS
        )
        return sorted(as_text(value) for (value,) in rows.values)

    async def explain(self, approved: Approved) -> Estimate:
        """Plan the query without running it. Raises as `run`."""
        async with self._transaction(approved.sql, SAMPLE_LIMITS) as connection:
            statement = sql.SQL("EXPLAIN (FORMAT JSON) ") + sql.SQL(_approved_sql(approved))
            # Binary results make the driver use the extended protocol, which accepts a single statement. A
            # prepared statement would too, but needs a second round trip and stays in memory.
            cursor = AsyncRawCursor(connection)
            await cursor.execute(statement, bind_values(approved), prepare=False, binary=True)
            ((plan,),) = await cursor.fetchall()
        return Estimate(rows=int(plan[0]["Plan"]["Plan Rows"]), cost=float(plan[0]["Plan"]["Total Cost"]))

    async def run(self, approved: Approved, limits: Limits) -> Rows:
        """Run the query; cancelling the task cancels it. Raises `QueryFailed`, `TargetUnavailable`."""
        started = time.monotonic()
        async with self._transaction(approved.display_sql, limits) as connection:
            statement = sql.SQL(_approved_sql(approved))
            return await _fetch(connection, statement, limits, started, bind_values(approved))

    async def close(self) -> None:
        """Close all connections."""
        await self._connections.close()

    async def _read(self, query: sql.Composed, limits: Limits = SAMPLE_LIMITS) -> Rows:
        async with self._transaction(query.as_string(), limits) as connection:
            return await _fetch(connection, query, limits, time.monotonic())

    @asynccontextmanager
    async def _transaction(self, text: str, limits: Limits) -> AsyncIterator[MeteredConnection]:
        """Open a read-only transaction, limited to `limits.seconds` in all; errors quote `text`."""
        try:
            async with asyncio.timeout(None) as timeout:

                async def begin(connection: MeteredConnection) -> None:
                    # The time limit excludes waiting for a connection.
                    timeout.reschedule(asyncio.get_running_loop().time() + limits.seconds + 1)
                    if self._search_path is None:
                        self._search_path = await _read_search_path(connection)
                    # Not prepared, since it is more than one statement.
                    await connection.execute(
                        _begin(self._search_path, limits.seconds, self._role), prepare=False
                    )

                async with self._connections.acquire(begin) as connection:
                    yield connection
        except Error as error:
            raise translate_error(error, text) from error
        except TimeoutError as error:
            raise QueryFailed(text, "timeout", "The query timed out.") from error


@lru_cache(maxsize=64)
def _begin(search_path: str, seconds: float, role: str | None) -> sql.SQL:
    """Return the statements that begin a transaction: timeouts, search path and role."""
    timeout = sql.Literal(f"{int(seconds * 1000)}ms")
    begin = _BEGIN.format(seconds=timeout, path=sql.Literal(search_path))
    if role:
        begin += sql.SQL("; SET LOCAL ROLE {}").format(sql.Identifier(role))
    return sql.SQL(begin.as_string())


async def _read_search_path(connection: AsyncConnection) -> str:
    cursor = await connection.execute(_SEARCH_PATH)
    ((search_path,),) = await cursor.fetchall()
    return str(search_path)


def _approved_sql(approved: Approved) -> LiteralString:
    """Return the SQL that the guard printed from its tree, the only SQL here that is not a literal."""
    return approved.sql


def _qualified_name(table: Table) -> sql.Identifier:
    return sql.Identifier(table.schema or "public", table.name)


async def _fetch(
    connection: MeteredConnection,
    query: sql.SQL | sql.Composed,
    limits: Limits,
    started: float,
    values: Sequence[Scalar] = (),
) -> Rows:
    """Fetch rows in batches, up to a limit, so that at most one batch exceeds it."""
    buffer = ResultBuffer(limits, started)
    # Raw cursor: the server binds the values, and percent signs are literal.
    async with AsyncRawServerCursor(connection, "querent") as cursor:
        await cursor.execute(query, values)
        with suppress(ReceiveLimitExceeded), connection.limit_received(limits.bytes):
            await _fetch_into(buffer, cursor)
        columns = [RowColumn(item.name, kind_of_oid(item.type_code)) for item in cursor.description or ()]
        if connection.info.transaction_status is TransactionStatus.INTRANS:
            # Also closes the cursor, which saves a round trip.
            await connection.rollback()
    return buffer.to_rows(columns)


async def _fetch_into(buffer: ResultBuffer, cursor: AsyncRawServerCursor[tuple[Any, ...]]) -> None:
    size = FIRST_BATCH
    try:
        while (batch := await cursor.fetchmany(size)) and all(buffer.add(row) for row in batch):
            if len(batch) < size:
                return
            size = max(1, min(BATCH, int(MIN_RECEIVE_BYTES / 2 / buffer.average_row_bytes)))
    except ReceiveLimitExceeded:
        buffer.truncated = True
        raise

"""Connection pool of the service's own PostgreSQL.

All statements of the store are literal SQL, executed by psycopg through `Database`. Three parts need
connections outside of the pool: the job queue (`store/maps/jobs.py`), listeners
(`store/runs/events.py`) and index builds (`store/maps/vector_indexes.py`).
"""

import asyncio
import select
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, LiteralString
from weakref import WeakKeyDictionary

import psycopg
from psycopg import AsyncConnection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

from store.errors import StoreUnavailable

DatabaseConnection = AsyncConnection[DictRow]
Pool = AsyncConnectionPool[DatabaseConnection]
BackendPids = WeakKeyDictionary[DatabaseConnection, int]

# Long enough for a server on another continent, short enough for a person at a terminal.
CONNECT_TIMEOUT_S = 5
# The pool doubles the delay between its attempts up to this time; longer delays would outlast a restart.
RECONNECT_TIMEOUT_S = 1
# Per process. A schema sync holds one connection for minutes; all other statements take milliseconds.
MAX_POOL_SIZE = 20

CONNECTION_DEFAULTS: Mapping[str, Any] = {
    "application_name": "querent",
    "connect_timeout": CONNECT_TIMEOUT_S,
    # A listener sends nothing by itself: without keepalives it would not notice that the server is gone.
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}


@dataclass(frozen=True)
class Database:
    """Client of the service's own PostgreSQL: an autocommit connection pool whose rows are dictionaries."""

    pool: Pool
    conninfo: str = field(repr=False)
    # Process ids of the server processes behind the pool.
    backend_pids: BackendPids = field(default_factory=WeakKeyDictionary, repr=False)

    def owns_backend(self, pid: int) -> bool:
        """Return whether a server process belongs to a connection of this pool."""
        return pid in self.backend_pids.values()

    async def connect(self) -> DatabaseConnection:
        """Open a connection outside of the pool, to listen or to hold a lock; the caller closes it."""
        with translate_errors():
            return await AsyncConnection.connect(self.conninfo, autocommit=True, row_factory=dict_row)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[DatabaseConnection]:
        """Borrow a connection in autocommit mode. Raises `StoreUnavailable`."""
        with translate_errors():
            async with self.pool.connection() as connection:
                yield connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[DatabaseConnection]:
        """Run the block in one transaction, rolled back on errors. Raises `StoreUnavailable`."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    async def fetch(self, statement: LiteralString, **parameters: Any) -> list[DictRow]:
        """Execute one statement, which commits by itself, and return its rows. Raises `StoreUnavailable`."""
        with translate_errors():
            async with self.pool.connection() as connection:
                cursor = await connection.execute(statement, parameters)
                # `cursor.description` would answer the same after creating an object per column.
                result = cursor.pgresult
                return await cursor.fetchall() if result is not None and result.nfields else []

    async def fetch_one(self, statement: LiteralString, **parameters: Any) -> DictRow | None:
        """Execute one statement, which commits by itself, and return its first row, or None."""
        with translate_errors():
            async with self.pool.connection() as connection:
                return await (await connection.execute(statement, parameters)).fetchone()

    async def execute(self, statement: LiteralString, **parameters: Any) -> int:
        """Execute one statement, which commits by itself, and return the number of affected rows."""
        with translate_errors():
            async with self.pool.connection() as connection:
                return (await connection.execute(statement, parameters)).rowcount

    @property
    def has_free_connection(self) -> bool:
        """Return whether a statement would get a connection without waiting."""
        return not self.pool.get_stats().get("requests_waiting", 0)

    async def is_available(self) -> bool:
        """Return whether the server executes statements (health check)."""
        try:
            await self.execute("SELECT 1")
        except StoreUnavailable:
            return False
        return True


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[Database]:
    """Open the connection pool, and close it at the end of the block.

    Accepts any `postgresql://` URL that libpq understands. Raises `StoreUnavailable`, after
    `CONNECT_TIMEOUT_S` at most, if the server does not respond, the URL is invalid, or pgvector is missing.
    """
    conninfo = _parse_url(url)
    await _verify_server(conninfo)
    backend_pids: BackendPids = WeakKeyDictionary()

    async def register(connection: DatabaseConnection) -> None:
        backend_pids[connection] = connection.info.backend_pid

    pool: Pool = AsyncConnectionPool(
        conninfo,
        kwargs={"autocommit": True, "row_factory": dict_row, "prepare_threshold": 0},
        check=_check_connection,
        configure=register,
        min_size=1,
        max_size=MAX_POOL_SIZE,
        timeout=CONNECT_TIMEOUT_S,
        reconnect_timeout=RECONNECT_TIMEOUT_S,
        reconnect_failed=_reconnect_for_waiting,
        open=False,
    )
    try:
        with translate_errors():
            await pool.open(wait=True, timeout=CONNECT_TIMEOUT_S)
        yield Database(pool, conninfo, backend_pids)
    finally:
        await pool.close()


@contextmanager
def translate_errors(*wrappers: type[Exception]) -> Iterator[None]:
    """Raise `StoreUnavailable` for driver errors that mean the server is gone.

    `wrappers` are exception classes of libraries that wrap the driver's.
    """
    unavailable: tuple[type[Exception], ...] = (psycopg.OperationalError, *wrappers)
    try:
        yield
    except unavailable as error:
        raise StoreUnavailable("The store does not respond.") from error


def remove_nul(text: str) -> str:
    """Remove NUL characters, which PostgreSQL cannot store in text."""
    return text.replace("\0", "")


def _parse_url(url: str) -> str:
    """Convert the URL to a libpq connection string, with `CONNECTION_DEFAULTS` where it sets nothing else."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme.partition("+")[0] not in {"postgresql", "postgres"}:
        raise StoreUnavailable("The URL of the store must begin with postgresql://.")
    try:
        parts = conninfo_to_dict(f"postgresql://{rest}")
    except psycopg.ProgrammingError:
        # The driver's message and the exception chain would repeat the URL with its password.
        raise StoreUnavailable("The URL of the store is not a valid PostgreSQL URL.") from None
    return make_conninfo(**{**CONNECTION_DEFAULTS, **parts})


async def _check_connection(connection: DatabaseConnection) -> None:
    """Test a pooled connection that may be broken before it is used. Raises `OperationalError`."""
    if _has_pending_data(connection.fileno()):
        await AsyncConnectionPool.check_connection(connection)


async def _reconnect_for_waiting(pool: Pool) -> None:
    """Try again to connect while statements wait: by itself, the pool would only do so for the next one."""
    if pool.get_stats().get("requests_waiting", 0):
        await pool.check()


def _has_pending_data(socket: int) -> bool:
    """Return whether the server has sent something to an idle connection, as it does when it closes it.

    A test query before each use would double the round trips.
    """
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return bool(poll.poll(0))


async def _verify_server(conninfo: str) -> None:
    """Connect once and check for pgvector, so that the error says what is wrong: a pool only times out."""
    parts = conninfo_to_dict(conninfo)
    location = f"database {parts.get('dbname')!r} at {parts.get('host', 'the local socket')}"
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S), await AsyncConnection.connect(conninfo) as connection:
            extensions = await connection.execute("SELECT FROM pg_available_extensions WHERE name = 'vector'")
    except (psycopg.Error, TimeoutError) as error:
        raise StoreUnavailable(f"Cannot connect to the store: {location}.") from error
    if extensions.rowcount == 0:
        raise StoreUnavailable(f"The store has no pgvector. Please install it on the server of {location}.")

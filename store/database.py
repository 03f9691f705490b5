"""Our own PostgreSQL, opened and brought up to date."""

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
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection as EngineConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from store.errors import StoreUnavailable

Pool = AsyncConnectionPool[AsyncConnection[DictRow]]
Backends = WeakKeyDictionary[AsyncConnection[DictRow], int]

# Long enough for a server over the ocean, short enough for a person at a terminal.
PATIENCE_S = 5
# What one process takes of the server's connections at most, beside its few listeners.
MOST_POOLED = 10
MOST_ENGINE = 10

CONNECTING: Mapping[str, Any] = {
    "application_name": "querent",
    "connect_timeout": PATIENCE_S,
    # A listener sends nothing by itself: without these it would not notice that the other side is gone.
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}


@dataclass(frozen=True)
class Database:
    """Our PostgreSQL: an engine for our tables; a pool that commits by itself and gives rows as `dict`."""

    engine: AsyncEngine
    pool: Pool
    conninfo: str = field(repr=False)
    # The server's processes behind the pool.
    backends: Backends = field(default_factory=WeakKeyDictionary, repr=False)

    def is_ours(self, backend: int) -> bool:
        """Whether this process of the server works for our pool."""
        return backend in self.backends.values()

    async def connect(self) -> AsyncConnection[DictRow]:
        """Open a connection outside of the pools, to listen on or to hold a lock; the caller closes it."""
        with saying_unavailable():
            return await AsyncConnection.connect(self.conninfo, autocommit=True, row_factory=dict_row)

    async def ask(self, statement: LiteralString, **given: Any) -> list[DictRow]:
        """Execute one statement, which commits by itself. Raises `StoreUnavailable`."""
        with saying_unavailable():
            async with self.pool.connection() as connection:
                cursor = await connection.execute(statement, given)
                # `description` would tell the same, after making an object for each column.
                found = cursor.pgresult
                return await cursor.fetchall() if found is not None and found.nfields else []

    @property
    def has_room(self) -> bool:
        """Whether a statement would not have to wait for a connection."""
        return not self.pool.get_stats().get("requests_waiting", 0)

    async def answers(self) -> bool:
        """Whether the server does what it is asked."""
        try:
            with saying_unavailable():
                async with self.pool.connection() as connection:
                    await connection.execute("SELECT 1")
        except StoreUnavailable:
            return False
        return True


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[Database]:
    """Open engine and pool, and close them at the end.

    Takes what libpq takes as a `postgresql://` URL. Raises `StoreUnavailable`, after `PATIENCE_S` at most,
    when nobody answers, the address is wrong, or the server has no pgvector.
    """
    conninfo = _read_address(url)
    await _look_at(conninfo)
    engine = create_async_engine(
        "postgresql+psycopg://",
        async_creator=lambda: AsyncConnection.connect(conninfo, prepare_threshold=0),
        # Kept, once made: to make one anew at every peak takes more than all that is asked over it.
        pool_size=MOST_ENGINE,
        max_overflow=0,
    )
    event.listen(engine.sync_engine, "checkout", _look_before_use)
    backends: Backends = WeakKeyDictionary()

    async def note(connection: AsyncConnection[DictRow]) -> None:
        backends[connection] = connection.info.backend_pid

    pool: Pool = AsyncConnectionPool(
        conninfo,
        kwargs={"autocommit": True, "row_factory": dict_row, "prepare_threshold": 0},
        check=_check,
        configure=note,
        min_size=1,
        max_size=MOST_POOLED,
        timeout=PATIENCE_S,
        open=False,
    )
    try:
        with saying_unavailable():
            await pool.open(wait=True, timeout=PATIENCE_S)
        yield Database(engine, pool, conninfo, backends)
    finally:
        await pool.close()
        await engine.dispose()


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[EngineConnection]:
    """Work in one transaction. Raises `StoreUnavailable` when the server is gone."""
    with saying_unavailable():
        connection = await _check_out(engine)
        try:
            async with connection.begin():
                yield connection
        finally:
            await asyncio.shield(connection.close())


async def _check_out(engine: AsyncEngine) -> EngineConnection:
    """Take a connection, all the way: SQLAlchemy loses the one whose taker is cancelled half-way."""
    taking = asyncio.create_task(_started(engine))
    try:
        return await asyncio.shield(taking)
    except asyncio.CancelledError:
        # Also of one who is cancelled again while waiting here.
        await asyncio.shield(_give_back(taking))
        raise


async def _started(engine: AsyncEngine) -> EngineConnection:
    return await engine.connect().start()


async def _give_back(taking: asyncio.Task[EngineConnection]) -> None:
    await asyncio.wait([taking])
    if taking.exception() is None:
        await taking.result().close()


@contextmanager
def saying_unavailable() -> Iterator[None]:
    """Turn the ways in which a server can be gone into `StoreUnavailable`."""
    try:
        yield
    except (psycopg.OperationalError, OperationalError, InterfaceError) as error:
        raise StoreUnavailable("The store does not answer.") from error
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        raise StoreUnavailable("The store does not answer.") from error


def _read_address(url: str) -> str:
    """Give the URL as libpq reads it, with what we want set unless it says otherwise."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme.partition("+")[0] not in {"postgresql", "postgres"}:
        raise StoreUnavailable("The store's address must begin with postgresql://.")
    try:
        parts = conninfo_to_dict(f"postgresql://{rest}")
    except psycopg.ProgrammingError:
        # Its text would repeat the address, password and all; so would the chain.
        raise StoreUnavailable("The store's address is not a PostgreSQL URL.") from None
    return make_conninfo(**{**CONNECTING, **parts})


async def _check(connection: AsyncConnection[DictRow]) -> None:
    """Ask a connection whether it still stands, where there is doubt. Raises `OperationalError`."""
    if _has_something_to_say(connection.fileno()):
        await AsyncConnectionPool.check_connection(connection)


def _look_before_use(taken: Any, *_: Any) -> None:
    """Have the engine make another connection, where there is doubt about the one it took."""
    connection = taken.driver_connection
    if connection.closed or _has_something_to_say(connection.fileno()):
        raise DisconnectionError


def _has_something_to_say(socket: int) -> bool:
    """A server is silent to a connection that asked for nothing, unless it hangs up.

    Asking each time whether it still stands would double the way.
    """
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return bool(poll.poll(0))


async def _look_at(conninfo: str) -> None:
    """Connect once, to say clearly what is wrong."""
    parts = conninfo_to_dict(conninfo)
    where = f"the database {parts.get('dbname')!r} at {parts.get('host', 'the local socket')}"
    try:
        async with asyncio.timeout(PATIENCE_S), await AsyncConnection.connect(conninfo) as connection:
            found = await connection.execute("SELECT FROM pg_available_extensions WHERE name = 'vector'")
    except (psycopg.Error, TimeoutError) as error:
        raise StoreUnavailable(f"The store does not let us in, or does not answer: {where}.") from error
    if found.rowcount == 0:
        raise StoreUnavailable(f"The store has no pgvector: install it on the server of {where}.")

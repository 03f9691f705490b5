"""Our own PostgreSQL, opened and brought up to date."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from psycopg import AsyncConnection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection as EngineConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from store.errors import StoreUnavailable

Pool = AsyncConnectionPool[AsyncConnection[DictRow]]

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
# Any number will do that no other lock of ours has (store/embedded.py).
MIGRATING = 7_310_002
LONGEST_MIGRATION_S = 600

NOT_ALLOWED = (psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)

Step = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Database:
    """Our PostgreSQL: an engine for our tables; a pool that commits by itself and gives rows as `dict`."""

    engine: AsyncEngine
    pool: Pool
    conninfo: str = field(repr=False)

    async def connect(self) -> AsyncConnection[DictRow]:
        """Open a connection outside of the pools, to listen on or to hold a lock; the caller closes it."""
        with saying_unavailable():
            return await AsyncConnection.connect(self.conninfo, autocommit=True, row_factory=dict_row)

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
        pool_size=MOST_ENGINE // 2,
        max_overflow=MOST_ENGINE - MOST_ENGINE // 2,
        pool_pre_ping=True,
    )
    pool: Pool = AsyncConnectionPool(
        conninfo,
        kwargs={"autocommit": True, "row_factory": dict_row, "prepare_threshold": 0},
        check=AsyncConnectionPool.check_connection,
        min_size=1,
        max_size=MOST_POOLED,
        timeout=PATIENCE_S,
        open=False,
    )
    try:
        with saying_unavailable():
            await pool.open(wait=True, timeout=PATIENCE_S)
        yield Database(engine, pool, conninfo)
    finally:
        await pool.close()
        await engine.dispose()


async def migrate(database: Database, also: Step | None = None) -> None:
    """Bring the tables up to date, then do what else has to be done; one process at a time, the others wait.

    Raises `StoreUnavailable` when the store is from a newer version or does not let us change it.
    """
    async with _alone(database):
        await _upgrade_tables(database.engine)
        if also is not None:
            with saying_unavailable():
                await also()


async def _upgrade_tables(engine: AsyncEngine) -> None:
    try:
        async with transaction(engine) as connection:
            await connection.run_sync(_upgrade)
    except CommandError as error:
        raise StoreUnavailable("The store was made by a newer version of Querent.") from error
    except DBAPIError as error:
        if not isinstance(error.orig, NOT_ALLOWED):
            raise
        message = "The store does not let us make tables, or the extension `vector`, in its database."
        raise StoreUnavailable(message) from error


@asynccontextmanager
async def _alone(database: Database) -> AsyncIterator[None]:
    """Hold the lock on migrations."""
    async with await database.connect() as connection:
        try:
            async with asyncio.timeout(LONGEST_MIGRATION_S):
                # A statement waiting in the server would hold up CREATE INDEX CONCURRENTLY, and so itself.
                while not await _try_lock(connection):  # noqa: ASYNC110 – hence no event either
                    await asyncio.sleep(0.05)
        except TimeoutError as error:
            raise StoreUnavailable(
                "Another process does not come to an end with changing the store."
            ) from error
        yield


async def _try_lock(connection: AsyncConnection[DictRow]) -> bool:
    cursor = await connection.execute("SELECT pg_try_advisory_lock(%s) AS locked", [MIGRATING])
    row = await cursor.fetchone()
    return row is not None and bool(row["locked"])


def _upgrade(connection: Connection) -> None:
    config = Config(attributes={"connection": connection})
    folder = Path(__file__).parent / "migrations"
    # The configuration reads a percent sign as the beginning of a placeholder.
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    command.upgrade(config, "head")


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[EngineConnection]:
    """Work in one transaction. Raises `StoreUnavailable` when the server is gone."""
    with saying_unavailable():
        async with engine.begin() as connection:
            yield connection


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

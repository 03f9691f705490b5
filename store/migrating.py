"""Our own tables, brought up to date."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from psycopg import AsyncConnection
from psycopg.rows import DictRow
from sqlalchemy import Connection, NullPool, create_engine
from sqlalchemy.exc import DBAPIError

from store.database import Database, saying_unavailable
from store.errors import StoreUnavailable

# Any number will do that no other lock of ours has (store/embedded.py).
MIGRATING = 7_310_002
LONGEST_MIGRATION_S = 600
NOT_ALLOWED = (psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)
Step = Callable[[], Awaitable[None]]


async def migrate(database: Database, also: Step | None = None) -> None:
    """Bring the tables up to date, then do what else has to be done; one process at a time, the others wait.

    Raises `StoreUnavailable` when the store is from a newer version or does not let us change it.
    """
    async with _alone(database):
        # Alembic reads files: not in the loop.
        await asyncio.to_thread(_upgrade_tables, database.conninfo)
        if also is not None:
            with saying_unavailable():
                await also()


def _upgrade_tables(conninfo: str) -> None:
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(conninfo), poolclass=NullPool
    )
    try:
        with saying_unavailable(), engine.begin() as connection:
            _upgrade(connection)
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

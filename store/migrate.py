"""Our own tables, brought up to date."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import DictRow
from sqlalchemy import Connection, NullPool, create_engine
from sqlalchemy.exc import DBAPIError

from store.database import Database, saying_unavailable
from store.errors import StoreUnavailable

# Any number will do that no other lock of ours has (store/embedded/server.py).
MIGRATING = 7_310_002
LONGEST_MIGRATION_S = 600
MIGRATIONS = Path(__file__).parent / "migrations"
NOT_ALLOWED = (psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)
NOTHING_TO_READ = (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege)
Step = Callable[[], Awaitable[None]]


async def migrate(database: Database, also: Step | None = None) -> None:
    """Bring the tables up to date, then do what else has to be done; one process at a time, the others wait.

    Raises `StoreUnavailable` when the store is from a newer version or does not let us change it.
    """
    async with _alone(database):
        if not await _is_up_to_date(database):
            # Alembic reads files: not in the loop.
            await asyncio.to_thread(_upgrade_tables, database.conninfo)
        if also is not None:
            with saying_unavailable():
                await also()


async def _is_up_to_date(database: Database) -> bool:
    """Whether the newest migration was made already. Alembic needs ten times as long to say so."""
    newest = await asyncio.to_thread(_newest)
    with saying_unavailable(), suppress(*NOTHING_TO_READ):
        async with database.pool.connection() as connection:
            made = await (await connection.execute("SELECT version_num FROM alembic_version")).fetchall()
            return [row["version_num"] for row in made] == [newest]
    return False


def _newest() -> str:
    return max(path.stem.partition("_")[0] for path in MIGRATIONS.glob("versions/*.py"))


def _upgrade_tables(conninfo: str) -> None:
    # Only who has something to change waits for it to be imported.
    from alembic.util import CommandError  # noqa: PLC0415

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
    from alembic import command  # noqa: PLC0415 – as above
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    # The configuration reads a percent sign as the beginning of a placeholder.
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    command.upgrade(config, "head")

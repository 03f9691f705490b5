"""Schema migrations of the store: brings the tables up to date with Alembic, one process at a time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import psycopg

from store.database import Database, DatabaseConnection, translate_errors
from store.errors import StoreUnavailable

# Advisory lock; must differ from that of `store/embedded/server.py`.
MIGRATION_LOCK = 7_310_002
MIGRATION_TIMEOUT_S = 600
LOCK_POLL_INTERVAL_S = 0.05
MIGRATIONS = Path(__file__).parent / "migrations"
UNREADABLE = (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege)
FORBIDDEN = (psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)
SetupStep = Callable[[], Awaitable[None]]


async def migrate(database: Database, extra_setup: SetupStep | None = None) -> None:
    """Bring the tables up to date, then run `also`, under a lock that other processes wait for.

    Raises `StoreUnavailable` if a newer version made the store, or if it does not permit the changes.
    """
    async with _hold_lock(database):
        if not await _is_up_to_date(database):
            # Alembic reads files and blocks.
            await asyncio.to_thread(_upgrade, database.conninfo)
        if extra_setup is not None:
            with translate_errors():
                await extra_setup()


async def _is_up_to_date(database: Database) -> bool:
    """Return whether the newest migration has been applied. Alembic needs ten times as long to find out."""
    newest = await asyncio.to_thread(_newest_revision)
    with suppress(*UNREADABLE):
        rows = await database.fetch("SELECT version_num FROM alembic_version")
        return [row["version_num"] for row in rows] == [newest]
    return False


def _newest_revision() -> str:
    return max(path.stem.partition("_")[0] for path in MIGRATIONS.glob("versions/*.py"))


def _upgrade(conninfo: str) -> None:
    """Run all pending migrations in one transaction."""
    # Imported here because most starts have nothing to migrate: both packages take long to import.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415
    from sqlalchemy import NullPool, create_engine  # noqa: PLC0415
    from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError  # noqa: PLC0415

    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(conninfo), poolclass=NullPool
    )
    try:
        with translate_errors(OperationalError, InterfaceError), engine.begin() as connection:
            config = Config(attributes={"connection": connection})
            # A percent sign begins a placeholder in the configuration.
            config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
            command.upgrade(config, "head")
    except CommandError as error:
        raise StoreUnavailable("The store was made by a newer version of Querent.") from error
    except DBAPIError as error:
        if not isinstance(error.orig, FORBIDDEN):
            raise
        raise StoreUnavailable(
            "The store does not permit creating tables, or the extension `vector`, in its database."
        ) from error


@asynccontextmanager
async def _hold_lock(database: Database) -> AsyncIterator[None]:
    """Hold the migration lock, on a connection of its own."""
    async with await database.connect() as connection:
        try:
            async with asyncio.timeout(MIGRATION_TIMEOUT_S):
                # A statement that waits for the lock within the server would block CREATE INDEX CONCURRENTLY,
                # which waits for all running statements.
                while not await _try_lock(connection):  # noqa: ASYNC110 – hence no event either
                    await asyncio.sleep(LOCK_POLL_INTERVAL_S)
        except TimeoutError as error:
            raise StoreUnavailable("Another process has not finished migrating the store.") from error
        yield


async def _try_lock(connection: DatabaseConnection) -> bool:
    cursor = await connection.execute("SELECT pg_try_advisory_lock(%s) AS locked", [MIGRATION_LOCK])
    row = await cursor.fetchone()
    return row is not None and bool(row["locked"])

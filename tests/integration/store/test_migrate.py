"""Schema migrations by several processes at once."""

import asyncio
import sys
from collections.abc import Sequence

import pytest

from store.database import Database, open_database
from store.embedded.server import EmbeddedServer
from store.errors import StoreUnavailable
from store.migrate import migrate

MIGRATE = """
import asyncio, sys
from store.database import open_database
from store.migrate import migrate

async def main():
    async with open_database(sys.argv[1]) as database:
        async def index():
            async with database.pool.connection() as connection:
                await connection.execute("CREATE TABLE IF NOT EXISTS indexed (x int)")
                await connection.execute("CREATE INDEX CONCURRENTLY IF NOT EXISTS indexed_x ON indexed (x)")
        await migrate(database, extra_setup=index)

asyncio.run(main())
"""


async def tables_of(database: Database) -> set[str]:
    async with database.pool.connection() as connection:
        cursor = await connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return {row["tablename"] for row in await cursor.fetchall()}


async def exit_codes(*commands: Sequence[str]) -> list[int]:
    started = [await asyncio.create_subprocess_exec(*command) for command in commands]
    return [await process.wait() for process in started]


async def test_four_processes_may_migrate_at_once(blank_url: str) -> None:
    command = (sys.executable, "-c", MIGRATE, blank_url)
    assert await exit_codes(command, command, command, command) == [0, 0, 0, 0]
    async with open_database(blank_url) as database:
        assert {"conversations", "event_batches", "indexed"} <= await tables_of(database)


async def test_migrating_again_changes_nothing(database: Database) -> None:
    before = await tables_of(database)
    await migrate(database)
    assert await tables_of(database) == before


async def test_what_else_has_to_be_set_up_is_set_up_under_the_lock(database: Database) -> None:
    async def is_locked() -> None:
        async with database.pool.connection() as connection:
            cursor = await connection.execute("SELECT FROM pg_locks WHERE locktype = 'advisory'")
            assert cursor.rowcount == 1

    await migrate(database, extra_setup=is_locked)


async def test_alembic_is_not_asked_when_nothing_has_to_be_changed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrades: list[str] = []
    # The one place where files are run; whether it is reached cannot be seen from outside.
    monkeypatch.setattr("store.migrate._upgrade", upgrades.append)
    await migrate(database)
    assert upgrades == []
    async with database.pool.connection() as connection:
        await connection.execute("UPDATE alembic_version SET version_num = '0000'")
    await migrate(database)
    assert upgrades == [database.conninfo]


async def test_a_store_of_a_newer_version_is_refused(database: Database) -> None:
    async with database.pool.connection() as connection:
        await connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreUnavailable, match="newer version"):
        await migrate(database)


async def test_a_store_that_may_not_be_changed_is_refused(embedded: EmbeddedServer, blank_url: str) -> None:
    name = blank_url.partition("@/")[2].partition("?")[0]
    await embedded.create_reader("reader_of_blank", name)
    async with open_database(embedded.url(name, "reader_of_blank")) as database:
        with pytest.raises(StoreUnavailable, match="does not permit"):
            await migrate(database)

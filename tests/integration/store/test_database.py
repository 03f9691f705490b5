import asyncio
import sys
from collections.abc import Sequence

import pytest

from store.database import Database, migrate, open_database
from store.embedded import Embedded
from store.errors import StoreUnavailable

MIGRATE = """
import asyncio, sys
from store.database import migrate, open_database

async def main():
    async with open_database(sys.argv[1]) as database:
        async def index():
            async with database.pool.connection() as connection:
                await connection.execute("CREATE TABLE IF NOT EXISTS indexed (x int)")
                await connection.execute("CREATE INDEX CONCURRENTLY IF NOT EXISTS indexed_x ON indexed (x)")
        await migrate(database, also=index)

asyncio.run(main())
"""


async def tables_of(database: Database) -> set[str]:
    async with database.pool.connection() as connection:
        found = await connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return {row["tablename"] for row in await found.fetchall()}


async def exit_codes(*commands: Sequence[str]) -> list[int]:
    started = [await asyncio.create_subprocess_exec(*command) for command in commands]
    return [await process.wait() for process in started]


async def test_four_processes_may_migrate_at_once(blank_url: str) -> None:
    command = (sys.executable, "-c", MIGRATE, blank_url)
    assert await exit_codes(command, command, command, command) == [0, 0, 0, 0]
    async with open_database(blank_url) as database:
        assert {"conversations", "runs", "run_events", "connections", "indexed"} <= await tables_of(database)


async def test_migrating_again_changes_nothing(database: Database) -> None:
    before = await tables_of(database)
    await migrate(database)
    assert await tables_of(database) == before


async def test_what_else_has_to_be_set_up_is_set_up_under_the_lock(database: Database) -> None:
    async def is_locked() -> None:
        async with database.pool.connection() as connection:
            found = await connection.execute("SELECT FROM pg_locks WHERE locktype = 'advisory'")
            assert found.rowcount == 1

    await migrate(database, also=is_locked)


async def test_a_store_of_a_newer_version_is_refused(database: Database) -> None:
    async with database.pool.connection() as connection:
        await connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreUnavailable, match="newer version"):
        await migrate(database)


async def test_a_store_that_may_not_be_changed_is_refused(embedded: Embedded, blank_url: str) -> None:
    name = blank_url.partition("@/")[2].partition("?")[0]
    await embedded.create_reader("reader_of_blank", name)
    async with open_database(embedded.url(name, "reader_of_blank")) as database:
        with pytest.raises(StoreUnavailable, match="does not let us"):
            await migrate(database)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://me:hush@localhost/x",
        "postgresql://me:hush@localhost:port/x",
        "postgresql://me:hush@127.0.0.1:1/x",
        "postgresql+psycopg://me:hush@nowhere.invalid/x",
        "nonsense hush",
    ],
)
async def test_a_store_that_cannot_be_reached_is_said_in_a_sentence_without_the_password(url: str) -> None:
    with pytest.raises(StoreUnavailable) as raised:
        async with open_database(url):
            pass
    assert str(raised.value).endswith(".")
    assert "hush" not in str(raised.value)


async def test_the_engine_and_the_pool_reach_the_same_database(database: Database, store_url: str) -> None:
    async with database.engine.connect() as connection:
        by_engine = (await connection.exec_driver_sql("SELECT current_database()")).scalar_one()
    async with database.pool.connection() as pooled:
        row = await (await pooled.execute("SELECT current_database() AS name")).fetchone()
    assert row == {"name": by_engine}
    assert f"/{by_engine}?" in store_url


async def test_a_server_that_drops_our_connections_is_reached_again(database: Database) -> None:
    async with database.pool.connection() as connection:
        await connection.execute("SELECT 1")
    async with await database.connect() as other:
        await other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    async with database.pool.connection() as connection:
        assert (await connection.execute("SELECT 1")).rowcount == 1


async def test_the_address_is_not_shown(database: Database) -> None:
    assert "host=" not in repr(database)


async def test_it_says_whether_the_server_answers(database: Database) -> None:
    assert await database.answers()


async def test_it_says_when_the_server_does_not_answer(database: Database) -> None:
    await database.pool.close()
    assert not await database.answers()

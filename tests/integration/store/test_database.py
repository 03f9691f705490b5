import pytest

from store.database import Database, open_database
from store.errors import StoreUnavailable


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
    async with database.engine.connect() as by_engine:
        await by_engine.exec_driver_sql("SELECT 1")
    async with await database.connect() as other:
        # The second argument: until they are gone.
        await other.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    async with database.pool.connection() as connection:
        assert (await connection.execute("SELECT 1")).rowcount == 1
    async with database.engine.connect() as by_engine:
        assert (await by_engine.exec_driver_sql("SELECT 1")).scalar_one() == 1


async def test_the_address_is_not_shown(database: Database) -> None:
    assert "host=" not in repr(database)


async def test_it_says_whether_the_server_answers(database: Database) -> None:
    assert await database.answers()


async def test_it_says_when_the_server_does_not_answer(database: Database) -> None:
    await database.pool.close()
    assert not await database.answers()

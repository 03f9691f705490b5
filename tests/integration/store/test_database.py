"""Connection pool: transactions, error translation and reconnection."""

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


async def test_a_transaction_is_committed_at_the_end_of_its_block(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute("CREATE TABLE notes AS SELECT 'one' AS text")
    assert await database.fetch("SELECT text FROM notes") == [{"text": "one"}]
    assert await database.execute("UPDATE notes SET text = %(text)s", text="two") == 1
    assert await database.fetch_one("SELECT text FROM notes WHERE text = 'one'") is None


async def test_a_transaction_that_fails_is_rolled_back(database: Database) -> None:
    async def create_and_fail() -> None:
        async with database.transaction() as connection:
            await connection.execute("CREATE TABLE notes (text text)")
            raise LookupError

    with pytest.raises(LookupError):
        await create_and_fail()
    assert await database.fetch_one("SELECT to_regclass('notes') AS found") == {"found": None}


async def test_a_server_that_goes_away_during_a_transaction_is_unavailable(database: Database) -> None:
    async def lose_the_connection() -> None:
        async with database.transaction() as connection:
            pid = connection.info.backend_pid
            await database.execute("SELECT pg_terminate_backend(%(pid)s, 5000)", pid=pid)
            await connection.execute("SELECT 1")

    with pytest.raises(StoreUnavailable):
        await lose_the_connection()
    assert await database.is_available()


async def test_a_server_that_drops_all_connections_is_reached_again(database: Database) -> None:
    await database.execute("SELECT 1")
    async with await database.connect() as other:
        # The second argument: until they are gone.
        await other.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert await database.fetch("SELECT 1 AS one") == [{"one": 1}]
    async with database.transaction() as connection:
        assert (await connection.execute("SELECT 1")).rowcount == 1


async def test_the_address_is_not_shown(database: Database) -> None:
    assert "host=" not in repr(database)


async def test_it_says_whether_the_server_answers(database: Database) -> None:
    assert await database.is_available()


async def test_it_says_when_the_server_does_not_answer(database: Database) -> None:
    await database.pool.close()
    assert not await database.is_available()

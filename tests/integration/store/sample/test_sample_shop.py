import asyncio

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege, ReadOnlySqlTransaction

from store.embedded.server import EmbeddedServer
from store.errors import StoreUnavailable
from store.sample.generator import make_shop
from store.sample.load import DATABASE, create_sample_database, load_postgres


def hush(task: str, done: int, total: int) -> None:
    """Wait in silence."""


@pytest.fixture(scope="module")
def reader_url(embedded: EmbeddedServer) -> str:
    return asyncio.run(create_sample_database(embedded, hush)).url


def one(url: str, statement: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(statement.encode()).fetchone()
        return row[0] if row else None


def test_every_row_is_there(reader_url: str) -> None:
    counts = {made.name: len(made.rows) for made in make_shop()}
    assert {table: one(reader_url, f"SELECT count(*) FROM {table}") for table in counts} == counts


def test_tables_and_columns_carry_their_descriptions(reader_url: str) -> None:
    described = one(reader_url, "SELECT obj_description('orders'::regclass)")
    assert described == "Purchases, one row for each checkout."
    silent = one(
        reader_url,
        "SELECT count(*) FROM pg_attribute WHERE attnum > 0 AND col_description(attrelid, attnum) IS NULL"
        " AND attrelid IN (SELECT oid FROM pg_class"
        " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r')",
    )
    assert silent == 0


def test_every_foreign_key_has_an_index(reader_url: str) -> None:
    missing = one(
        reader_url,
        "SELECT count(*) FROM pg_constraint AS c WHERE contype = 'f' AND NOT EXISTS"
        " (SELECT FROM pg_index AS i WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1])",
    )
    assert missing == 0


def test_the_planner_knows_the_shop(reader_url: str) -> None:
    assert one(reader_url, "SELECT reltuples > 10000 FROM pg_class WHERE relname = 'orders'") is True


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM reviews", "UPDATE products SET price = 0", "DROP TABLE returns", "CREATE TABLE mine ()"],
)
def test_the_reader_may_not_write(reader_url: str, statement: str) -> None:
    with psycopg.connect(reader_url) as connection, pytest.raises(ReadOnlySqlTransaction):
        connection.execute(statement.encode())


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM reviews",
        "DROP TABLE returns",
        "CREATE TABLE mine ()",
        "CREATE TEMP TABLE mine ()",
        "CREATE ROLE me",
    ],
)
def test_the_reader_may_not_write_either_when_it_asks_to(reader_url: str, statement: str) -> None:
    with psycopg.connect(reader_url, autocommit=True) as connection:
        connection.execute("SET default_transaction_read_only = off")
        with pytest.raises(InsufficientPrivilege):
            connection.execute(statement.encode())


async def test_the_shop_is_made_once(embedded: EmbeddedServer, reader_url: str) -> None:
    assert not await load_postgres(embedded.url(DATABASE), hush)


async def test_two_at_once_make_one_shop(blank_url: str) -> None:
    made = await asyncio.gather(load_postgres(blank_url, hush), load_postgres(blank_url, hush))
    assert sorted(made) == [False, True]


async def test_an_older_shop_is_made_anew(blank_url: str) -> None:
    with psycopg.connect(blank_url) as connection:
        connection.execute("CREATE TABLE customers (old text)")
        connection.execute("COMMENT ON SCHEMA public IS 'Querent sample shop of last year'")
    assert await load_postgres(blank_url, hush)
    assert one(blank_url, "SELECT count(*) > 0 FROM customers") is True


async def test_somebody_elses_tables_are_left_alone(blank_url: str) -> None:
    with psycopg.connect(blank_url) as connection:
        connection.execute("CREATE TABLE customers (theirs text)")
    with pytest.raises(StoreUnavailable, match="other tables"):
        await load_postgres(blank_url, hush)
    assert one(blank_url, "SELECT count(*) FROM customers") == 0


async def test_nothing_is_left_behind_when_the_loading_fails(blank_url: str) -> None:
    def interrupt(task: str, done: int, total: int) -> None:
        if done:
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await load_postgres(blank_url, interrupt)
    assert one(blank_url, "SELECT to_regclass('customers')") is None


async def test_a_server_that_is_gone_is_said_without_its_address() -> None:
    with pytest.raises(StoreUnavailable) as raised:
        await load_postgres("postgresql://me:secret@/shop?host=/nowhere", hush)
    assert "secret" not in str(raised.value)
    assert "/nowhere" not in str(raised.value)

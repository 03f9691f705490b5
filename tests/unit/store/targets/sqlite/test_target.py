import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from store.access.approved_query import Approved
from store.catalog import ForeignKey
from store.errors import InvalidConnection, QueryFailed, TargetUnavailable
from store.rows import Limits
from store.targets.sqlite.target import SqliteTarget, run_reference_query

SHOP = """
    CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT UNIQUE, born DATE);
    CREATE TABLE orders (
        id INTEGER PRIMARY KEY, customer INTEGER REFERENCES CUSTOMERS, total DECIMAL(10, 2), placed DATETIME
    );
    CREATE TABLE "odd ""one"" select" ("group" INT, "a b" TEXT);
    CREATE VIEW big_orders AS SELECT * FROM orders WHERE total > 10;
    CREATE TABLE secrets (v TEXT);
    INSERT INTO customers VALUES (1, 'Ann', 'ann@x.io', '1990-01-31'), (2, 'Bob', NULL, '1985-07-01');
    INSERT INTO orders VALUES (1, 1, 5.5, '2024-01-01 10:00'), (2, 1, 20, NULL), (3, 2, 'many', NULL);
    INSERT INTO secrets VALUES ('hush');
"""
ENDLESS = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r"


def make(path: Path, script: str = SHOP) -> Path:
    with sqlite3.connect(path) as session:
        session.executescript(script)
    session.close()
    return path


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[SqliteTarget]:
    target = SqliteTarget(make(tmp_path / "a shop?#%.sqlite"))
    yield target
    await target.close()


def approve(sql: str, *tables: str) -> Approved:
    return Approved(sql, "sqlite", tables)


async def test_the_catalog_names_tables_views_and_columns(shop: SqliteTarget) -> None:
    catalog = await shop.catalog()
    assert [table.name for table in catalog] == [
        "big_orders",
        "customers",
        'odd "one" select',
        "orders",
        "secrets",
    ]
    customers = catalog.table("customers")
    assert customers is not None
    assert [(column.name, column.kind) for column in customers.columns] == [
        ("id", "integer"),
        ("name", "text"),
        ("email", "text"),
        ("born", "date"),
    ]
    assert customers.primary_key == ("id",)
    assert customers.unique == (("email",),)
    assert customers.row_estimate == 2


async def test_a_key_without_columns_points_at_the_primary_key(shop: SqliteTarget) -> None:
    orders = (await shop.catalog()).table("orders")
    assert orders is not None
    assert orders.foreign_keys == (ForeignKey(("customer",), "customers", ("id",)),)


async def test_a_view_over_a_lost_table_is_left_out(tmp_path: Path) -> None:
    lost = (
        "CREATE TABLE t (a); CREATE VIEW v AS SELECT a FROM t; CREATE VIEW ok AS SELECT 1 AS i; DROP TABLE t"
    )
    catalog = await SqliteTarget(make(tmp_path / "lost.sqlite", lost)).catalog()
    assert [table.name for table in catalog] == ["ok"]


async def test_rows_come_back_with_their_kinds(shop: SqliteTarget) -> None:
    rows = await shop.run(approve("SELECT name, born, id FROM customers ORDER BY id", "customers"), Limits())
    assert rows.values == (("Ann", "1990-01-31", 1), ("Bob", "1985-07-01", 2))
    assert [column.kind for column in rows.columns] == ["text", "date", "integer"]
    assert not rows.truncated


async def test_text_in_a_number_column_is_given_as_it_is(shop: SqliteTarget) -> None:
    rows = await shop.run(approve("SELECT total FROM orders ORDER BY id", "orders"), Limits())
    assert [total for (total,) in rows.values] == [5.5, 20, "many"]
    assert rows.columns[0].kind == "other"


async def test_text_that_is_not_utf8_is_still_readable(tmp_path: Path) -> None:
    path = make(
        tmp_path / "latin.sqlite", "CREATE TABLE t (a TEXT); INSERT INTO t VALUES (CAST(x'4dfc' AS TEXT))"
    )
    rows = await SqliteTarget(path).run(approve("SELECT a FROM t", "t"), Limits())
    assert rows.values == (("M\ufffd",),)


async def test_a_row_limit_cuts_and_says_so(shop: SqliteTarget) -> None:
    rows = await shop.run(approve("SELECT id FROM orders ORDER BY id", "orders"), Limits(rows=2))
    assert rows.values == ((1,), (2,))
    assert rows.truncated


async def test_a_result_of_just_the_limit_is_whole(shop: SqliteTarget) -> None:
    rows = await shop.run(approve("SELECT id FROM orders", "orders"), Limits(rows=3))
    assert len(rows) == 3
    assert not rows.truncated


async def test_a_byte_limit_cuts_and_says_so(shop: SqliteTarget) -> None:
    rows = await shop.run(approve("SELECT hex(zeroblob(600)) FROM orders", "orders"), Limits(bytes=2_500))
    assert len(rows) == 2
    assert rows.truncated


async def test_a_query_without_end_is_stopped_in_time(shop: SqliteTarget) -> None:
    begun = time.monotonic()
    with pytest.raises(QueryFailed) as failure:
        await shop.run(approve(ENDLESS), Limits(seconds=0.2))
    assert failure.value.kind == "timeout"
    assert time.monotonic() - begun < 30


async def test_cancelling_ends_the_statement(shop: SqliteTarget) -> None:
    running = asyncio.create_task(shop.run(approve(ENDLESS), Limits(seconds=30)))
    done, _ = await asyncio.wait([running], timeout=0.2)
    assert not done
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    # All threads are free again, or these would wait for half a minute.
    async with asyncio.timeout(3):
        await asyncio.gather(*(shop.run(approve("SELECT 1"), Limits()) for _ in range(8)))


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("SELECT absent FROM customers", "unknown_name"),
        ("SELECT id FROM customers, orders", "ambiguous"),
        ("SELECT FROM", "syntax"),
        ("SELECT v FROM secrets", "permission"),
        ("SELECT sql FROM sqlite_master", "permission"),
        ("INSERT INTO customers (name) VALUES ('x')", "permission"),
        ("PRAGMA query_only = 0", "permission"),
        ("ATTACH 'x.sqlite' AS x", "permission"),
    ],
)
async def test_failures_are_classified(shop: SqliteTarget, sql: str, kind: str) -> None:
    with pytest.raises(QueryFailed) as failure:
        await shop.run(approve(sql, "customers", "orders"), Limits())
    assert failure.value.kind == kind
    assert failure.value.sql == sql


async def test_a_named_view_reads_through_to_its_tables(shop: SqliteTarget) -> None:
    rows = await shop.run(approve("SELECT id FROM big_orders ORDER BY id", "big_orders"), Limits())
    assert rows.values == ((2,), (3,))


async def test_json_can_be_unfolded(shop: SqliteTarget) -> None:
    rows = await shop.run(approve("SELECT value FROM json_each('[1, 2]')"), Limits())
    assert rows.values == ((1,), (2,))


async def test_explain_plans_without_running(shop: SqliteTarget) -> None:
    estimate = await shop.explain(approve(ENDLESS))
    assert estimate.rows is None
    with pytest.raises(QueryFailed):
        await shop.explain(approve("SELECT absent FROM customers", "customers"))


async def test_a_profile_knows_nulls_ranges_and_frequent_values(shop: SqliteTarget) -> None:
    orders = (await shop.catalog()).table("orders")
    assert orders is not None
    _, customer, _, placed = await shop.profile(orders)
    assert (customer.smallest, customer.largest, customer.distinct_count) == (1, 2, 2)
    assert customer.values == ("1", "2")
    assert placed.null_share == pytest.approx(2 / 3)


async def test_odd_names_can_be_profiled(shop: SqliteTarget) -> None:
    odd = (await shop.catalog()).table('odd "one" select')
    assert odd is not None
    assert [profile.column for profile in await shop.profile(odd)] == ["group", "a b"]
    assert await shop.distinct_values(odd, "a b", 5) == []


async def test_distinct_values_are_bounded_and_sorted(shop: SqliteTarget) -> None:
    customers = (await shop.catalog()).table("customers")
    assert customers is not None
    assert await shop.distinct_values(customers, "name", 10) == ["Ann", "Bob"]
    assert await shop.distinct_values(customers, "email", 10) == ["ann@x.io"]
    assert len(await shop.distinct_values(customers, "name", 1)) == 1


async def test_a_missing_file_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(InvalidConnection, match="There is no file"):
        SqliteTarget(tmp_path / "missing.sqlite")


async def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear Sir, " * 500)
    with pytest.raises(TargetUnavailable):
        await SqliteTarget(path).catalog()


async def test_a_closed_target_runs_nothing(shop: SqliteTarget) -> None:
    await shop.close()
    with pytest.raises(TargetUnavailable):
        await shop.run(approve("SELECT 1"), Limits())


async def test_a_view_opens_its_tables_to_nobody_else(shop: SqliteTarget) -> None:
    for sql in (
        "SELECT v FROM secrets",
        "WITH big_orders AS (SELECT v FROM secrets) SELECT v FROM big_orders",
    ):
        with pytest.raises(QueryFailed) as failure:
            await shop.run(approve(sql, "big_orders"), Limits())
        assert failure.value.kind == "permission"


async def test_one_long_step_is_ended_from_outside(shop: SqliteTarget) -> None:
    endless_step = "SELECT instr(hex(zeroblob(7000000)), hex(zeroblob(1000000)) || '1')"
    begun = time.monotonic()
    with pytest.raises(QueryFailed) as failure:
        await shop.run(approve(endless_step), Limits(seconds=0.2))
    assert failure.value.kind == "timeout"
    assert time.monotonic() - begun < 30
    assert (await shop.run(approve("SELECT 1"), Limits())).values == ((1,),)


async def test_a_profile_spans_a_table_that_is_larger_than_the_sample(tmp_path: Path) -> None:
    counting = """
        CREATE TABLE ticks (at INTEGER);
        WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 19999)
        INSERT INTO ticks SELECT i FROM n;
        ANALYZE;
    """
    target = SqliteTarget(make(tmp_path / "ticks.sqlite", counting))
    (ticks,) = await target.catalog()
    (at,) = await target.profile(ticks)
    again = await target.profile(ticks)
    await target.close()

    assert at.smallest < 10
    assert at.largest >= 19_990
    assert again == (at,)


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    path = tmp_path / "pets.sqlite"
    with sqlite3.connect(path) as session:
        session.executescript("CREATE TABLE pets (name TEXT); INSERT INTO pets VALUES ('Rex'), ('Tom')")
    session.close()
    return path


async def test_a_known_query_runs_as_it_stands(pets: Path) -> None:
    rows = await run_reference_query(pets, 'SELECT name FROM pets WHERE name = "Rex"', Limits())
    assert rows.values == (("Rex",),)


async def test_it_only_reads(pets: Path) -> None:
    with pytest.raises(QueryFailed):
        await run_reference_query(pets, "DELETE FROM pets", Limits())
    assert len(await run_reference_query(pets, "SELECT * FROM pets", Limits())) == 2


async def test_it_ends_in_its_time(pets: Path) -> None:
    endless = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r"
    with pytest.raises(QueryFailed) as failed:
        await run_reference_query(pets, endless, Limits(seconds=0.1))
    assert failed.value.kind == "timeout"


async def test_a_file_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(TargetUnavailable):
        await run_reference_query(tmp_path / "none.sqlite", "SELECT 1", Limits())

import asyncio
import math
import time
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import duckdb
import pytest

from store.access.approved_query import Approved, Parameter
from store.catalog import ForeignKey
from store.errors import InvalidConnection, QueryFailed, TargetUnavailable
from store.rows import Limits
from store.targets.duckdb.target import DuckdbTarget

SHOP = """
    CREATE TYPE mood AS ENUM ('sad', 'gl''ad');
    CREATE TABLE customers (
        id INTEGER PRIMARY KEY, name VARCHAR NOT NULL DEFAULT 'nobody', mood mood, email VARCHAR UNIQUE,
        spent DECIMAL(10, 2), twice INTEGER GENERATED ALWAYS AS (id * 2)
    );
    CREATE TABLE orders (id INTEGER, customer INTEGER REFERENCES customers (id), placed DATE);
    CREATE INDEX by_date ON orders (placed, id);
    CREATE VIEW big AS SELECT id, v FROM customers, secrets;
    CREATE SCHEMA "h r";
    CREATE TABLE "h r"."odd ""one"" x" ("group" INTEGER);
    CREATE TABLE secrets (v VARCHAR);
    COMMENT ON TABLE customers IS 'Who buys';
    COMMENT ON COLUMN customers.name IS 'As they write it';
    INSERT INTO customers (id, name, mood, email, spent)
        VALUES (1, 'Ann', 'gl''ad', 'a@x.io', 1.5), (2, 'Bob', NULL, NULL, NULL);
    INSERT INTO orders VALUES (1, 1, '2024-01-02'), (2, 1, NULL), (3, 2, NULL);
    INSERT INTO secrets VALUES ('hush');
"""
ENDLESS = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r"


def make(path: Path, script: str = SHOP) -> Path:
    # Views are read when they are asked for, so this one may be made before its table.
    with duckdb.connect(str(path)) as session:
        for statement in sorted(script.split(";\n"), key=lambda each: "VIEW" in each):
            session.execute(statement)
    return path


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[DuckdbTarget]:
    target = DuckdbTarget(make(tmp_path / "a shop's.duckdb"))
    yield target
    await target.close()


def approve(sql: str, *tables: str) -> Approved:
    return Approved(sql, "duckdb", tables)


async def test_the_catalog_has_schemas_views_keys_comments_and_labels(shop: DuckdbTarget) -> None:
    catalog = await shop.catalog()
    assert [table.full_name for table in catalog] == [
        'h r.odd "one" x',
        "main.big",
        "main.customers",
        "main.orders",
        "main.secrets",
    ]
    customers, orders = catalog.table("customers"), catalog.table("main.orders")
    assert customers is not None
    assert orders is not None
    assert (customers.primary_key, customers.unique, customers.comment) == (
        ("id",),
        (("email",),),
        "Who buys",
    )
    assert (customers.row_estimate, orders.indexes) == (2, (("placed", "id"),))
    assert orders.foreign_keys == (ForeignKey(("customer",), "main.customers", ("id",)),)
    _, name, mood, _, spent, twice = customers.columns
    assert (name.nullable, name.default, name.comment) == (False, "'nobody'", "As they write it")
    assert (mood.kind, mood.labels, spent.kind) == ("text", ("sad", "gl'ad"), "number")
    assert (twice.generated, "id * 2" in str(twice.default)) == (True, True)


async def test_values_keep_their_types(shop: DuckdbTarget) -> None:
    sql = """SELECT 1.50::DECIMAL(10, 2), '2024-01-02'::DATE, '2024-01-01 12:00+02'::TIMESTAMPTZ,
        'NaN'::DOUBLE, INTERVAL '1 month 2 days', [1, 2], {'a': 1}, '\\xFF'::BLOB,
        170141183460469231731687303715884105727,
        '6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b'::UUID, TIMESTAMP '2024-01-02 03:04:05'"""
    rows = await shop.run(approve(sql), Limits())
    ((price, day, moment, nan, span, many, struct, raw, huge, id, plain),) = rows.values
    assert (price, day, moment) == (Decimal("1.50"), date(2024, 1, 2), datetime(2024, 1, 1, 10, tzinfo=UTC))
    assert math.isnan(nan)
    assert (span, many, struct, raw) == ("1 month 2 days", [1, 2], {"a": 1}, b"\xff")
    assert (huge, plain) == (2**127 - 1, datetime(2024, 1, 2, 3, 4, 5))
    assert id == UUID("6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b")
    kinds = "number date timestamp number interval json json binary integer other timestamp"
    assert " ".join(column.kind for column in rows.columns) == kinds


async def test_rows_are_cut_at_a_limit_and_say_so(shop: DuckdbTarget) -> None:
    rows = await shop.run(approve("SELECT * FROM range(1000000000)"), Limits(rows=700))
    assert (len(rows), rows.truncated, rows.values[-1]) == (700, True, (699,))
    long = await shop.run(approve("SELECT repeat('x', 1000) FROM range(90)"), Limits(bytes=5_500))
    assert (len(long), long.truncated) == (5, True)
    assert not (await shop.run(approve("SELECT id FROM orders", "main.orders"), Limits(rows=3))).truncated


async def test_only_the_approved_tables_are_there(shop: DuckdbTarget) -> None:
    assert (await shop.run(approve("SELECT v FROM big LIMIT 1", "main.big"), Limits())).values == (("hush",),)
    for sql in ("SELECT v FROM secrets", "WITH secrets AS (FROM secrets) FROM secrets", "FROM main.secrets"):
        with pytest.raises(QueryFailed):
            await shop.run(approve(sql, "main.customers"), Limits())


async def test_values_are_bound_and_never_read_as_sql(shop: DuckdbTarget) -> None:
    bound = (Parameter("name", "Ann' OR 1 = 1 --"), Parameter("least", 1))
    sql = "SELECT id FROM customers WHERE name = $1 OR id > $2"
    approved = Approved(sql, "duckdb", ("main.customers",), bound)
    assert (await shop.run(approved, Limits())).values == ((2,),)
    assert (await shop.explain(approved)).rows is not None


async def test_a_pivot_looks_for_its_values(shop: DuckdbTarget) -> None:
    rows = await shop.run(approve("PIVOT orders ON customer USING count(*)", "orders"), Limits())
    assert [column.name for column in rows.columns] == ["id", "placed", "1", "2"]
    with pytest.raises(QueryFailed) as failure:
        await shop.run(approve("PIVOT (FROM duckdb_tables()) ON schema_name USING count(*)"), Limits())
    assert failure.value.kind == "permission"


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("SELECT absent FROM customers", "unknown_name"),
        ("SELECT id FROM customers, orders", "ambiguous"),
        ("SELECT FROM WHERE", "syntax"),
        ("SELECT 'x'::INTEGER", "type_mismatch"),
        ("SELECT lower(1, 2)", "type_mismatch"),
        ("SELECT 1 // 0", "division_by_zero"),
        ("SELECT v FROM secrets", "permission"),
        ("SELECT * FROM read_text('/etc/hostname')", "permission"),
        ("INSERT INTO customers (id) VALUES (9)", "permission"),
        ("SELECT 1; SELECT 2", "permission"),
        ("FROM (SHOW TABLES)", "permission"),
        ("SELECT getenv('HOME')", "permission"),
        ("SELECT repeat('x', 1000000000)", "other"),
    ],
)
async def test_failures_are_classified(shop: DuckdbTarget, sql: str, kind: str) -> None:
    with pytest.raises(QueryFailed) as failure:
        await shop.run(approve(sql, "main.customers", "main.orders"), Limits())
    assert failure.value.kind == kind
    assert failure.value.sql == sql


async def test_a_query_without_end_is_stopped_in_time(shop: DuckdbTarget) -> None:
    begun = time.monotonic()
    with pytest.raises(QueryFailed) as failure:
        await shop.run(approve(ENDLESS), Limits(seconds=0.3))
    assert failure.value.kind == "timeout"
    assert time.monotonic() - begun < 30


async def test_cancelling_ends_the_statement(shop: DuckdbTarget) -> None:
    running = asyncio.create_task(shop.run(approve(ENDLESS), Limits(seconds=60)))
    await asyncio.wait([running], timeout=1.0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    async with asyncio.timeout(20):
        await asyncio.gather(*(shop.run(approve("SELECT 1"), Limits()) for _ in range(5)))


async def test_explain_plans_without_running(shop: DuckdbTarget) -> None:
    assert (await shop.explain(approve("SELECT * FROM orders", "main.orders"))).rows == 3
    assert (await shop.explain(approve(ENDLESS))).cost is None
    with pytest.raises(QueryFailed):
        await shop.explain(approve("SELECT absent FROM orders", "main.orders"))


async def test_profiles_and_distinct_values_are_read(shop: DuckdbTarget) -> None:
    catalog = await shop.catalog()
    customers, odd = catalog.table("customers"), catalog.table('h r.odd "one" x')
    assert customers is not None
    assert odd is not None
    _, name, *_ = await shop.profile(customers)
    assert (name.smallest, name.largest, name.values) == ("Ann", "Bob", ("Ann", "Bob"))
    assert await shop.distinct_values(customers, "mood", 5) == ["gl'ad"]
    assert [profile.column for profile in await shop.profile(odd)] == ["group"]


async def test_a_profile_spans_a_table_that_is_larger_than_the_sample(tmp_path: Path) -> None:
    target = DuckdbTarget(
        make(tmp_path / "t.duckdb", "CREATE TABLE t AS SELECT range AS at FROM range(20000)")
    )
    (ticks,) = await target.catalog()
    (at,) = await target.profile(ticks)
    again = await target.profile(ticks)
    await target.close()
    assert (at.smallest, at.largest) == (0, 19_996)
    assert again == (at,)


async def test_what_is_no_database_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidConnection, match="There is no file"):
        DuckdbTarget(tmp_path / "missing.duckdb")
    (tmp_path / "letter.txt").write_text("Dear Sir, " * 500)
    target = DuckdbTarget(tmp_path / "letter.txt")
    with pytest.raises(TargetUnavailable):
        await target.catalog()
    await target.close()

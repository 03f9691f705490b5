import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from store.access.approved_query import Approved, Parameter
from store.catalog import ForeignKey
from store.errors import InvalidConnection, QueryFailed, TargetUnavailable
from store.rows import Limits
from store.targets.registry import open_target
from store.targets.sqlalchemy.catalog import kind_of_python_values
from store.targets.sqlalchemy.target import SqlalchemyTarget, sqlglot_dialect_of

SHOP = """
    CREATE TABLE customers (id INTEGER PRIMARY KEY, name VARCHAR(50) NOT NULL, email TEXT UNIQUE, born DATE);
    CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customers (id), "a b" TEXT);
    CREATE INDEX by_customer ON orders (customer, id);
    CREATE VIEW big AS SELECT id FROM orders;
    INSERT INTO customers VALUES (1, 'Ann', 'a@x.io', '1990-01-31'), (2, 'Bob', NULL, NULL);
    INSERT INTO orders VALUES (1, 1, 'x'), (2, 1, NULL), (3, 2, NULL);
"""
ENDLESS = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r"


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[SqlalchemyTarget]:
    with sqlite3.connect(tmp_path / "shop.sqlite") as session:
        session.executescript(SHOP)
    session.close()
    target = open_target(f"sqlalchemy+sqlite:///{tmp_path}/shop.sqlite")
    assert isinstance(target, SqlalchemyTarget)
    yield target
    await target.close()


def approve(sql: str, *parameters: Parameter) -> Approved:
    return Approved(sql, "sqlite", (), parameters)


async def test_the_catalog_has_views_and_keys(shop: SqlalchemyTarget) -> None:
    catalog = await shop.catalog()
    assert sorted(table.full_name for table in catalog) == ["big", "customers", "orders"]
    customers, orders, big = (catalog.table(name) for name in ("customers", "orders", "big"))
    assert customers is not None
    assert orders is not None
    assert big is not None
    assert (customers.primary_key, customers.unique, big.is_view) == (("id",), (("email",),), True)
    assert [column.kind for column in customers.columns] == ["integer", "text", "text", "date"]
    assert orders.foreign_keys == (ForeignKey(("customer",), "customers", ("id",)),)
    assert orders.indexes == (("customer", "id"),)


async def test_rows_come_back_and_are_cut(shop: SqlalchemyTarget) -> None:
    rows = await shop.run(approve("SELECT id, name, '50% :x ?' FROM customers ORDER BY id"), Limits())
    assert rows.values == ((1, "Ann", "50% :x ?"), (2, "Bob", "50% :x ?"))
    assert [column.kind for column in rows.columns] == ["integer", "text", "text"]
    few = await shop.run(approve("SELECT id FROM orders ORDER BY id"), Limits(rows=2))
    assert (few.values, few.truncated) == (((1,), (2,)), True)


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("SELECT absent FROM customers", "unknown_name"),
        ("SELECT id FROM customers, orders", "ambiguous"),
        ("INSERT INTO orders (id) VALUES (9)", "permission"),
        ("DROP TABLE orders", "permission"),
    ],
)
async def test_failures_are_classified(shop: SqlalchemyTarget, sql: str, kind: str) -> None:
    with pytest.raises(QueryFailed) as failure:
        await shop.run(approve(sql), Limits())
    assert failure.value.kind == kind


async def test_a_query_without_end_is_stopped(shop: SqlalchemyTarget) -> None:
    begun = time.monotonic()
    with pytest.raises(QueryFailed) as failure:
        await shop.run(approve(ENDLESS), Limits(seconds=0.3))
    assert failure.value.kind == "timeout"
    assert time.monotonic() - begun < 30
    running = asyncio.create_task(shop.run(approve(ENDLESS), Limits(seconds=60)))
    await asyncio.wait([running], timeout=0.5)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_profiles_and_distinct_values_are_read(shop: SqlalchemyTarget) -> None:
    catalog = await shop.catalog()
    orders = catalog.table("orders")
    assert orders is not None
    _, customer, odd = await shop.profile(orders)
    assert (customer.smallest, customer.largest, customer.complete) == (1, 2, True)
    assert odd.null_share == pytest.approx(2 / 3)
    assert await shop.distinct_values(orders, "a b", 9) == ["x"]


async def test_rules_that_bind_values_are_not_left_out(shop: SqlalchemyTarget) -> None:
    with pytest.raises(QueryFailed):
        await shop.run(approve("SELECT id FROM orders WHERE id = ?", Parameter("id", 1)), Limits())


async def test_what_is_judged_is_said_in_the_words_of_the_engine() -> None:
    target = open_target("sqlalchemy+mssql+pyodbc://ann@db/shop")
    assert isinstance(target, SqlalchemyTarget)
    assert target.dialect == "postgres"
    sql = "SELECT name::text FROM public.customers ORDER BY name LIMIT 3"
    translated = target._translate(Approved(sql, "postgres", ()))
    assert translated.startswith("SELECT TOP 3 CAST(name AS VARCHAR(MAX)) FROM public.customers ORDER BY")
    await target.close()


def test_engines_are_known_by_the_sql_they_speak() -> None:
    assert [
        sqlglot_dialect_of(f"{name}://h/d") for name in ("trino", "snowflake", "bigquery", "oracle+oracledb")
    ] == [
        "trino",
        "snowflake",
        "bigquery",
        "oracle",
    ]
    for wrong in ("nonsense://h/d", "nonsense"):
        with pytest.raises(InvalidConnection):
            sqlglot_dialect_of(wrong)


async def test_an_engine_without_a_driver_is_told() -> None:
    target = open_target("sqlalchemy+trino://ann@db.example/hive")
    with pytest.raises(TargetUnavailable):
        await target.catalog()
    await target.close()


def test_values_tell_what_a_column_holds() -> None:
    assert kind_of_python_values([True, None]) == "boolean"
    assert kind_of_python_values([1, Decimal("1.5")]) == "number"
    assert kind_of_python_values([date(2024, 1, 1)]) == "date"
    assert kind_of_python_values([1, "x"]) == kind_of_python_values([None]) == "other"

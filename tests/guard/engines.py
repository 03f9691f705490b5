"""The shop on the engines that are at hand without a server of ours, each as something that answers SQL."""

import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import duckdb
import pymysql

MYSQL = os.environ.get("QUERENT_TEST_MYSQL_URL", "mysql://root@127.0.0.1:3306")
Ask = Callable[[str], Sequence[Sequence[Any]]]
TABLES = (
    "customers (id INTEGER PRIMARY KEY, name TEXT, email TEXT, city TEXT, country TEXT, created_at {time},"
    " tags {list}, meta {json}, tenant_id INTEGER, {q}order{q} INTEGER, {q}Group{q} TEXT)",
    "orders (id INTEGER PRIMARY KEY, customer_id INTEGER, status TEXT, total {number}, order_date {date},"
    " shipped_at {time}, items {json}, tenant_id INTEGER)",
    "products (id INTEGER PRIMARY KEY, name TEXT, category TEXT, price {number}, attrs {json},"
    " discontinued {bool})",
    "order_items (order_id INTEGER, product_id INTEGER, qty INTEGER, unit_price {number})",
    "employees (id INTEGER PRIMARY KEY, name TEXT, manager_id INTEGER, salary {number}, dept TEXT,"
    " hired {date})",
    "events (id INTEGER, ts {time}, kind TEXT, payload {json})",
)
SQLITE = {"time": "TEXT", "list": "TEXT", "json": "TEXT", "number": "NUMERIC", "date": "TEXT"}
DUCKDB = {
    "time": "TIMESTAMP",
    "list": "VARCHAR[]",
    "json": "JSON",
    "number": "DECIMAL(12, 2)",
    "date": "DATE",
}
MARIADB = {"time": "DATETIME", "list": "JSON", "json": "JSON", "number": "DECIMAL(12, 2)", "date": "DATE"}


@contextmanager
def sqlite_shop() -> Iterator[Ask]:
    with closing(sqlite3.connect(":memory:")) as session:
        fill(session.execute, {**SQLITE, "bool": "INTEGER", "q": '"'}, "?")
        yield lambda sql: session.execute(sql).fetchall()


@contextmanager
def duckdb_shop() -> Iterator[Ask]:
    with closing(duckdb.connect()) as session:
        fill(session.execute, {**DUCKDB, "bool": "BOOLEAN", "q": '"'}, "?")
        yield lambda sql: session.execute(sql).fetchall()


@contextmanager
def mysql_shop() -> Iterator[Ask]:
    """Raises `pymysql.err.OperationalError` when there is no server."""
    at, name = urlsplit(MYSQL), f"guard_{uuid4().hex}"
    session = pymysql.connect(
        host=at.hostname, port=at.port or 3306, user=at.username, password=at.password or "", autocommit=True
    )
    with closing(session), session.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
        try:
            cursor.execute(f"USE {name}")
            fill(cursor.execute, {**MARIADB, "bool": "BOOLEAN", "q": "`"}, "%s")
            yield lambda sql: (cursor.execute(sql), cursor.fetchall())[1]
        finally:
            cursor.execute(f"DROP DATABASE {name}")


def fill(execute: Callable[..., Any], words: dict[str, str], mark: str) -> None:
    """Make the tables and put rows into them."""
    for table in TABLES:
        execute("CREATE TABLE " + table.format(**words))
        name = table.split()[0]
        for row in ROWS[name]:
            execute(f"INSERT INTO {name} VALUES ({', '.join([mark] * len(row))})", row)


def day(start: int, place: int) -> str:
    return str(date(start, 1, 1) + timedelta(days=place))


def moment(place: int, hours: int = 24) -> str:
    return str(datetime(2024, 1, 1, 12) + timedelta(hours=hours * place))


ROWS: dict[str, list[tuple[object, ...]]] = {
    "customers": [
        (i, f"c{i}", f"c{i}@x.io", ("Paris", "Rome", "Berlin")[i % 3], ("FR", "IT", "DE")[i % 3], moment(i),
         '["a","b"]', json.dumps({"vip": i % 2 == 0, "score": i}), 1 + i % 2, i, f"g{i % 2}")
        for i in range(1, 31)
    ],
    "orders": [
        (i, 1 + i % 30, ("new", "paid", "shipped")[i % 3], i * 1.5, day(2024, i), moment(i),
         json.dumps([{"sku": f"s{i}", "qty": i % 5}]), 1 + i % 2)
        for i in range(1, 201)
    ],
    "products": [(i, f"p{i}", "xy"[i % 2], i * 2, json.dumps({"w": i}), 0) for i in range(1, 21)],
    "order_items": [(o, 1 + o % 20, 1 + o % 4, (1 + o % 20) * 2) for o in range(1, 201)],
    "employees": [
        (i, f"e{i}", i // 3 or None, 1000 + i, ("eng", "ops")[i % 2], day(2020, i)) for i in range(1, 21)
    ],
    "events": [(i, moment(-i, 1), ("view", "click")[i % 2], json.dumps({"n": i})) for i in range(1, 101)],
}  # fmt: skip

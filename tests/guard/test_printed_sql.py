"""Printed SQL keeps its meaning: the original and the printed query run on the real engines."""

import json
import math
import os
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal

import duckdb
import pymysql
import pytest

from agent.guard.judge import judge
from store.access.approved_query import Approved
from store.catalog import Dialect
from tests.fixtures.guard.engines import MYSQL, Ask, duckdb_shop, mysql_shop, sqlite_shop
from tests.fixtures.guard.schema import shop
from tests.guard.test_corpora import FOLDERS, OURS, THEIRS, lines

# These give other rows each time.
MOVING = ("random(", "rand(", "sample", "now(", "current_", "'now'", "curdate", "today(", "utc_", "sysdate")
ENGINES: dict[Dialect, Callable[[], AbstractContextManager[Ask]]] = {
    "sqlite": sqlite_shop,
    "duckdb": duckdb_shop,
    "mysql": mysql_shop,
}
FAULTS = (sqlite3.Error, duckdb.Error, pymysql.Error)


def plain(value: object) -> str:
    """A value as text; 5.0 and 5.00 are one number, whatever its type."""
    if isinstance(value, Decimal | int | float) and not isinstance(value, bool):
        return "nan" if math.isnan(value) else f"{float(value):.9g}"
    return str([plain(part) for part in value]) if isinstance(value, list | tuple) else str(value)


def rows(ask: Ask, sql: str) -> Counter[str]:
    return Counter(map(plain, ask(sql)))


def misprinted(ask: Ask, dialect: Dialect, sql: str) -> str:
    """What is wrong with the print of a query that runs; nothing otherwise."""
    try:
        expected = rows(ask, sql)
    except FAULTS:
        # The engine here is older or younger than the query.
        return ""
    verdict = judge(sql, shop(dialect))
    if not isinstance(verdict, Approved):
        return f"{sql} was refused: {verdict.reason}"
    try:
        values = rows(ask, verdict.sql)
    except FAULTS as fault:
        return f"{sql} became {verdict.sql}: {fault}"
    moves = any(sign in sql.lower() for sign in MOVING)
    return "" if moves or values == expected else f"{sql} became {verdict.sql}"


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("dialect", ENGINES)
def test_honest_queries_give_the_rows_of_what_was_written(dialect: Dialect, folder: object) -> None:
    honest = [
        sql for each, sql in lines((OURS if folder == OURS else THEIRS) / "benign.jsonl") if each == dialect
    ]
    try:
        with ENGINES[dialect]() as ask:
            wrong = [fault for sql in honest if (fault := misprinted(ask, dialect, sql))]
    except pymysql.err.OperationalError:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"There is no MySQL or MariaDB at {MYSQL.rpartition('@')[2]}.")
    assert wrong == []
    assert len(honest) > 15


def test_a_misprint_would_be_seen() -> None:
    """The comparison itself can fail."""
    with sqlite_shop() as ask:
        assert rows(ask, "SELECT id FROM orders") != rows(ask, "SELECT id FROM orders WHERE id > 1")
        assert json.loads(str(ask("SELECT meta FROM customers WHERE id = 1")[0][0])) == {
            "vip": False,
            "score": 1,
        }

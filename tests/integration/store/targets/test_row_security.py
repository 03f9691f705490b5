"""Rules and masks on the engines: what is bound arrives, and errors tell nothing of hidden rows."""

import re
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from duckdb import connect

from agent.guard.row_security.enforce import CatalogView, judge_with_access, view_catalog
from store.access.approved_query import Approved
from store.access.roles import Access, Mask, NameFilter, Role, RowRule
from store.catalog import Dialect
from store.errors import QueryFailed
from store.rows import Limits
from store.targets.duckdb.target import DuckdbTarget
from store.targets.mysql.target import MysqlTarget
from store.targets.postgres.target import PostgresTarget
from store.targets.sqlite.target import SqliteTarget
from store.targets.target import Target
from tests.fixtures.mysql_server import fresh_database

SHOP = """
    CREATE TABLE orders (id integer PRIMARY KEY, region varchar(10), total integer, note varchar(20));
    CREATE TABLE rights (region varchar(10));
    CREATE TABLE small (k integer);
    INSERT INTO rights VALUES ('EU');
    INSERT INTO small VALUES (1), (2), (3);
    INSERT INTO orders VALUES (1, 'EU', 10, '1'), (2, 'EU', 20, '2');
    INSERT INTO orders VALUES (3, 'US', 30, 'bad'), (4, NULL, 40, 'bad');
"""
# What the query's own condition fails on is in hidden rows alone.
FAILING: dict[Dialect, str] = {
    "postgres": "CAST(o.note AS int)",
    "duckdb": "CAST(o.note AS int)",
    "sqlite": "json_extract(o.note, '$')",
    "mysql": "(9223372036854775806 + CHAR_LENGTH(o.note))",
}
PROBES = [
    "SELECT count(*) FROM orders o WHERE {fails} > 0",
    "SELECT sum({fails}) FROM orders o",
    "SELECT count(*) FROM orders o JOIN small s ON {fails} = s.k",
    "SELECT s.k FROM small s WHERE EXISTS (SELECT 1 FROM orders o WHERE o.id = s.k AND {fails} = s.k)",
    "SELECT o.id FROM orders o WHERE {fails} > 0 ORDER BY o.id LIMIT 1",
    "SELECT {fails}, count(*) FROM orders o GROUP BY {fails} ORDER BY {fails}",
    "WITH o AS (SELECT * FROM orders) SELECT count(*) FROM o WHERE {fails} > 0",
]
BARRIER = re.compile(r" LIMIT (-1|18446744073709551615)| OFFSET 0")
RULES = [
    "region = :claim.region",
    "lower(region) = lower(:claim.region)",
    "region IN (SELECT region FROM rights)",
    "EXISTS (SELECT 1 FROM rights AS r WHERE r.region = orders.region)",
]


@pytest.fixture
async def postgres(blank_url: str) -> AsyncIterator[Target]:
    with psycopg.connect(blank_url, autocommit=True) as connection:
        connection.execute(SHOP.encode())
    target = PostgresTarget(blank_url)
    yield target
    await target.close()


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[Target]:
    with sqlite3.connect(tmp_path / "shop.sqlite") as session:
        session.executescript(SHOP)
    session.close()
    target = SqliteTarget(tmp_path / "shop.sqlite")
    yield target
    await target.close()


@pytest.fixture
async def duckdb(tmp_path: Path) -> AsyncIterator[Target]:
    with connect(str(tmp_path / "shop.duckdb")) as session:
        session.execute(SHOP)
    target = DuckdbTarget(tmp_path / "shop.duckdb")
    yield target
    await target.close()


@pytest.fixture
async def mysql() -> AsyncIterator[Target]:
    with fresh_database(SHOP) as address:
        target = MysqlTarget(address)
        yield target
        await target.close()


@pytest.fixture(params=["postgres", "sqlite", "duckdb", "mysql"])
def target(request: pytest.FixtureRequest) -> Target:
    target: Target = request.getfixturevalue(request.param)
    return target


async def look(target: Target, role: Role, **claims: str) -> CatalogView:
    return view_catalog(await target.catalog(), Access(role, tuple(claims.items()), salt="pepper"))


async def rows(target: Target, sql: str, view: CatalogView) -> list[tuple[object, ...]]:
    verdict = judge_with_access(sql, view)
    assert isinstance(verdict, Approved), verdict
    await target.explain(verdict)
    return list((await target.run(verdict, Limits())).values)


@pytest.mark.parametrize("where", RULES)
async def test_an_error_tells_nothing_of_hidden_rows(target: Target, where: str) -> None:
    view = await look(target, Role(rows=(RowRule(("orders",), where),)), region="EU")
    for probe in PROBES:
        await rows(target, probe.format(fails=FAILING[view.catalog.dialect]), view)


async def test_without_the_barrier_it_would(target: Target) -> None:
    """Else the test above could not fail."""
    masked = 0
    for where in RULES:
        view = await look(target, Role(rows=(RowRule(("orders",), where),)), region="EU")
        for probe in PROBES:
            verdict = judge_with_access(probe.format(fails=FAILING[view.catalog.dialect]), view)
            assert isinstance(verdict, Approved)
            open_sql = BARRIER.sub("", verdict.sql)
            try:
                await target.run(replace(verdict, sql=open_sql), Limits())
            except QueryFailed:
                masked += 1
    assert masked > 0


async def test_a_percent_sign_is_only_that(target: Target) -> None:
    view = await look(target, Role(rows=(RowRule(("orders",), "region = :claim.region"),)), region="EU")
    assert await rows(target, "SELECT '%s %(x)s' AS a FROM orders WHERE note LIKE '%1%'", view) == [
        ("%s %(x)s",)
    ]


async def test_a_claim_is_a_value_whatever_it_looks_like(target: Target) -> None:
    role = Role(rows=(RowRule(("orders",), "region = :claim.region"),))
    for odd in ("' OR 1 = 1 --", "EU' --", "\\", "$1", "?", "EU\x01"):
        assert await rows(target, "SELECT count(*) FROM orders", await look(target, role, region=odd)) == [
            (0,)
        ]
    assert await rows(target, "SELECT count(*) FROM orders", await look(target, role, region="US")) == [(1,)]


async def test_masks_are_made_by_the_engine(target: Target) -> None:
    role = Role(
        masks=(
            Mask(("orders.region",), "hash"),
            Mask(("orders.total",), "bucket", 25),
            Mask(("orders.note",), "null"),
        )
    )
    visible = await rows(
        target, "SELECT region, total, note FROM orders ORDER BY id", await look(target, role)
    )
    assert [(float(str(total)), note) for _, total, note in visible] == [
        (0, None),
        (0, None),
        (25, None),
        (25, None),
    ]
    europe, also_europe, america, nowhere = (region for region, _, _ in visible)
    assert europe == also_europe != america
    assert (len(str(europe)), nowhere) == (16, None)


async def test_hidden_columns_are_in_no_star(target: Target) -> None:
    view = await look(target, Role(columns=NameFilter(hide=("*.note", "*.region"))))
    assert await rows(target, "SELECT * FROM orders WHERE id = 1", view) == [(1, 10)]

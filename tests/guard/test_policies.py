"""Row-level security: random queries under a policy give the rows of a database without the hidden data.

`QUERENT_POLICY_EXAMPLES` is how many queries are tried on each engine.
"""

import os
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

import duckdb
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings

from agent.guard.judge import judge
from agent.guard.row_security.enforce import judge_with_access, view_catalog
from store.access.approved_query import Approved, bind_values
from store.access.roles import Scalar
from store.catalog import Dialect
from store.targets.sqlite.session import salted_hash
from tests.fixtures.guard.policy_queries import queries
from tests.fixtures.guard.policy_shop import ACCESS, catalog, script

EXAMPLES = int(os.environ.get("QUERENT_POLICY_EXAMPLES", "100"))
Rows = list[tuple[Any, ...]]
Ask = Callable[[str, Sequence[Scalar]], Rows]
HEALTH = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
TRIES = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=HEALTH, derandomize=True)
FEWER = settings(TRIES, max_examples=max(EXAMPLES // 3, 1))


def told(rows: Rows) -> Counter[tuple[Any, ...]]:
    """Rows without regard to their order, and to the type that a number has."""
    return Counter(tuple(map(plain, row)) for row in rows)


def plain(value: Any) -> str | float | None:
    return value if value is None or isinstance(value, str) else float(value)


def compare(sql: str, dialect: Dialect, whole: Ask, engine: Ask) -> None:
    view = view_catalog(catalog(dialect), ACCESS)
    verdict, ruled = judge(sql, view.visible), judge_with_access(sql, view)
    assert isinstance(verdict, Approved), (sql, verdict)
    assert isinstance(ruled, Approved), (sql, ruled)
    assert told(whole(ruled.sql, bind_values(ruled))) == told(engine(verdict.sql, ())), (sql, ruled.sql)


@contextmanager
def in_sqlite(*, engine: bool) -> Iterator[Ask]:
    with closing(sqlite3.connect(":memory:")) as session:
        session.executescript(script(visible_only=engine))
        session.create_function("querent_hash", 2, salted_hash, deterministic=True)
        yield lambda sql, values: session.execute(sql, values).fetchall()


@contextmanager
def in_duckdb(*, engine: bool) -> Iterator[Ask]:
    with duckdb.connect() as session:
        session.execute(script(visible_only=engine))
        yield lambda sql, values: session.execute(sql, list(values)).fetchall()


@contextmanager
def in_postgres(url: str, *, engine: bool) -> Iterator[Ask]:
    with psycopg.connect(url, autocommit=True) as session:
        session.execute(script(visible_only=engine).encode())
        yield lambda sql, values: psycopg.RawCursor(session).execute(sql.encode(), values).fetchall()


@TRIES
@given(sql=queries("sqlite"))
def test_on_sqlite(sqlites: list[Ask], sql: str) -> None:
    compare(sql, "sqlite", *sqlites)


@TRIES
@given(sql=queries("duckdb"))
def test_on_duckdb(ducks: list[Ask], sql: str) -> None:
    compare(sql, "duckdb", *ducks)


@FEWER
@given(sql=queries("postgres"))
def test_on_postgres(elephants: list[Ask], sql: str) -> None:
    compare(sql, "postgres", *elephants)


def test_a_rule_that_is_left_out_is_found(sqlites: list[Ask]) -> None:
    """Else the tests above could not fail."""
    whole, engine = sqlites
    for table in ("customers", "orders", "items"):
        assert told(whole(f"SELECT * FROM {table}", ())) != told(engine(f"SELECT * FROM {table}", ()))


@pytest.fixture(scope="module")
def sqlites() -> Iterator[list[Ask]]:
    with in_sqlite(engine=False) as whole, in_sqlite(engine=True) as engine:
        yield [whole, engine]


@pytest.fixture(scope="module")
def ducks() -> Iterator[list[Ask]]:
    with in_duckdb(engine=False) as whole, in_duckdb(engine=True) as engine:
        yield [whole, engine]


@pytest.fixture
def elephants(blank_url: str, store_url: str) -> Iterator[list[Ask]]:
    # The store's own tables are in the way of nothing.
    with in_postgres(blank_url, engine=False) as whole, in_postgres(store_url, engine=True) as engine:
        yield [whole, engine]

from collections.abc import Iterator

import duckdb
import pytest

from store.errors import QueryFailed
from store.targets.duckdb.sandbox import check_statement


@pytest.fixture
def session() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


@pytest.mark.parametrize(
    "sql",
    [
        "FROM orders",
        "WITH x AS (FROM orders) SELECT * FROM x, main.ORDERS",
        "SELECT * FROM range(3) AS r(i) JOIN orders ON true",
        "SELECT [x + 1 FOR x IN list(o.id)] FROM orders AS o",
        "PIVOT orders ON id USING count(*)",
        "SELECT * FROM (PIVOT orders ON id IN (1, 2) USING count(*))",
        "VALUES (1)",
        "SELECT unnest([1, 2]), count(*) OVER ()",
    ],
)
def test_what_only_reads_known_tables_gets_through(session: duckdb.DuckDBPyConnection, sql: str) -> None:
    check_statement(session, sql, {"orders"})


@pytest.mark.parametrize(
    "sql",
    [
        "FROM secrets",
        "FROM other.main.orders",
        "FROM 'orders.csv'",
        "FROM read_text('/etc/hostname')",
        "FROM query('FROM secrets')",
        "FROM orders, duckdb_tables()",
        "SELECT getenv('HOME')",
        "SELECT 'x'.getenv()",
        "SELECT [getenv(x) FOR x IN ['HOME']]",
        "SELECT count(*) FILTER (current_setting('threads') = 1) FROM orders",
        "FROM (SHOW TABLES)",
        "DESCRIBE orders",
        "FROM (SUMMARIZE orders)",
        "PIVOT (SELECT getenv('HOME') AS h) ON h USING count(*)",
        "SELECT 1; SELECT 2",
        "COPY orders TO 'x.csv'",
        "SET threads = 1",
        "EXPLAIN SELECT 1",
    ],
)
def test_what_does_something_else_does_not(session: duckdb.DuckDBPyConnection, sql: str) -> None:
    with pytest.raises(QueryFailed):
        check_statement(session, sql, {"orders"})

import pytest

from agent.guard.judge import judge
from agent.guard.verdict import Rejected
from store.access.approved_query import Approved
from store.catalog import Dialect
from tests.fixtures.guard.schema import shop


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("postgres", "SELECT json_agg(DISTINCT c) FROM customers AS c"),
        ("postgres", "SELECT count(DISTINCT c.*) FROM customers AS c"),
        ("postgres", "SELECT array_agg(c ORDER BY c.id) FROM customers AS c"),
        (
            "duckdb",
            "SELECT c.id FROM ((PIVOT orders ON status USING count(*)) p JOIN customers c ON true)",
        ),
        ("sqlite", "SELECT * FROM (customers JOIN orders ON orders.customer_id = customers.id)"),
    ],
)
def test_rows_and_bracketed_joins_are_followed(dialect: Dialect, sql: str) -> None:
    assert isinstance(judge(sql, shop(dialect)), Approved), judge(sql, shop(dialect))


@pytest.mark.parametrize(
    ("sql", "kind", "hint"),
    [
        ("SELECT totl FROM orders", "unknown_column", "orders.total"),
        ("SELECT * FROM ordres", "unknown_table", "orders"),
        ("SELECT uper(name) FROM customers", "function", "upper"),
        ("SELECT upper(c.*) FROM customers AS c", "whole_row", ""),
    ],
)
def test_a_refusal_names_what_is_near(sql: str, kind: str, hint: str) -> None:
    verdict = judge(sql, shop("postgres"))
    assert isinstance(verdict, Rejected)
    assert verdict.kind == kind
    assert hint in verdict.hint
    assert verdict.reason.endswith(".")


def test_a_table_that_may_not_be_seen_does_not_exist() -> None:
    hidden, absent = (judge(f"SELECT * FROM {name}", shop("postgres")) for name in ("secrets", "zecretz"))
    assert isinstance(hidden, Rejected)
    assert isinstance(absent, Rejected)
    assert hidden.reason.replace("secrets", "zecretz") == absent.reason


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("postgres", "SELECT 1 AS pin, pin FROM orders"),
        ("postgres", "SELECT 1 AS pin FROM orders WHERE pin > 1"),
        ("postgres", "SELECT 1 AS pin, (SELECT max(pin) FROM products) FROM orders"),
        ("mysql", "SELECT 1 AS pin, pin FROM orders"),
        ("mysql", "SELECT 1 AS pin FROM orders JOIN products ON pin = 1"),
        ("sqlite", "SELECT 1 AS pin, pin FROM orders"),
    ],
)
def test_an_alias_opens_no_column_that_is_not_shown(dialect: Dialect, sql: str) -> None:
    verdict = judge(sql, shop(dialect))
    assert isinstance(verdict, Rejected)
    assert verdict.kind == "unknown_column"


def test_what_is_counted_may_be_sorted_by_the_name_postgres_gives_it() -> None:
    sql = "SELECT status, count(*) FROM orders GROUP BY status ORDER BY count DESC"
    assert isinstance(judge(sql, shop("postgres")), Approved)
    assert isinstance(judge(sql, shop("mysql")), Rejected)

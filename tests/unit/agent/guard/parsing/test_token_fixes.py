import pytest

from agent.guard.judge import judge
from agent.guard.verdict import Rejected
from store.access.approved_query import Approved
from store.catalog import Dialect
from tests.fixtures.guard.schema import shop


@pytest.mark.parametrize("dialect", ["postgres", "sqlite"])
def test_a_remainder_after_limit_is_put_in_brackets_once(dialect: Dialect) -> None:
    verdict = judge("SELECT 1 LIMIT 2 - 5 % 2 OFFSET 3", shop(dialect))
    assert isinstance(verdict, Approved)
    assert verdict.sql == "SELECT 1 LIMIT (2 - 5 % 2) OFFSET 3"


def test_a_limit_inside_of_another_is_bracketed_as_well() -> None:
    verdict = judge("SELECT 1 LIMIT 3 % (SELECT 5 LIMIT 4 % 3)", shop("sqlite"))
    assert isinstance(verdict, Approved)
    assert verdict.sql == "SELECT 1 LIMIT (3 % (SELECT 5 LIMIT (4 % 3)))"


def test_a_percentage_stays_one_in_duckdb() -> None:
    verdict = judge("SELECT id FROM orders LIMIT 50%", shop("duckdb"))
    assert isinstance(verdict, Approved)
    assert "LIMIT 50" in verdict.sql
    assert "(" not in verdict.sql


def test_a_pivot_may_be_sorted() -> None:
    verdict = judge("PIVOT orders ON status USING sum(total) ORDER BY 1 LIMIT 2", shop("duckdb"))
    assert isinstance(verdict, Approved)
    assert verdict.sql == "SELECT * FROM (PIVOT orders ON status USING SUM(total)) ORDER BY 1 LIMIT 2"


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("sqlite", "SELECT total FROM orders LIMIT 1 + (SELECT count(*) FROM secrets) % 2"),
        ("duckdb", "PIVOT secrets ON k USING first(v) ORDER BY 1"),
        ("duckdb", "PIVOT orders ON status USING sum(total) ORDER BY (SELECT max(v) FROM secrets)"),
    ],
)
def test_what_is_in_the_brackets_is_judged(dialect: Dialect, sql: str) -> None:
    assert isinstance(judge(sql, shop(dialect)), Rejected)


@pytest.mark.parametrize(
    ("dialect", "written", "printed"),
    [
        ("postgres", "1_000", "1000"),
        ("postgres", "0x1F", "31"),
        ("postgres", "0b101", "5"),
        ("postgres", "0o17", "15"),
        ("postgres", "1_000 AS n", "1000 AS n"),
        ("postgres", "1 n", "1 AS n"),
        ("sqlite", "1_000", "1000"),
        ("duckdb", "1_000", "1000"),
    ],
)
def test_a_number_stays_one_number(dialect: Dialect, written: str, printed: str) -> None:
    verdict = judge(f"SELECT {written}", shop(dialect))
    assert isinstance(verdict, Approved)
    assert verdict.sql == f"SELECT {printed}"


@pytest.mark.parametrize(
    ("dialect", "written"),
    [("postgres", "1a"), ("postgres", "0o99"), ("duckdb", "0x1F"), ("sqlite", "12abc")],
)
def test_a_number_that_runs_into_a_word_is_refused(dialect: Dialect, written: str) -> None:
    verdict = judge(f"SELECT {written}", shop(dialect))
    assert isinstance(verdict, Rejected)
    assert verdict.kind == "number"

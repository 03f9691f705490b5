import pytest

from agent.guard.judge import judge
from agent.guard.verdict import Rejected
from store.approved import Approved
from store.catalog import Dialect
from tests.guard.world import shop


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

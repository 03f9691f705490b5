import pytest
import sqlglot
from sqlglot import exp

from agent.builtin.soundness import is_sound


def query(sql: str) -> exp.Query:
    read = sqlglot.parse_one(sql)
    assert isinstance(read, exp.Query)
    return read


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a FROM t ORDER BY b",
        "SELECT count(*) FROM t ORDER BY count(*)",
        "SELECT a, count(*) FROM t GROUP BY a ORDER BY count(*) DESC LIMIT 1",
        "SELECT a FROM t WHERE b > (SELECT avg(b) FROM t)",
        "SELECT a FROM t ORDER BY row_number() OVER (ORDER BY b), sum(b) OVER (PARTITION BY a)",
    ],
)
def test_what_runs_is_sound(sql: str) -> None:
    assert is_sound(query(sql))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a FROM t ORDER BY count(*) DESC LIMIT 1",
        "SELECT a FROM t WHERE count(*) > 3",
        "SELECT a FROM t WHERE b IN (SELECT c FROM u ORDER BY sum(d))",
    ],
)
def test_what_counts_rows_that_are_not_put_together_is_not(sql: str) -> None:
    assert not is_sound(query(sql))


def test_what_shows_nothing_is_not() -> None:
    assert not is_sound(exp.select().from_("t"))
    assert not is_sound(exp.select("a").from_("t").where(exp.column("b").isin(exp.select().from_("u"))))

"""A text or list may grow, but not by a factor with every step."""

import pytest
from sqlglot import parse_one

from agent.guard.rules.text_growth import check_text_growth
from agent.guard.verdict import RuleViolation


def recursion(*items: str, columns: str = "s, n", source: str = "t") -> str:
    return (
        f"WITH RECURSIVE t({columns}) AS (SELECT 'x', 1 UNION ALL "
        f"SELECT {', '.join(items)} FROM {source} WHERE n < 40) SELECT length(s) FROM t"
    )


@pytest.mark.parametrize(
    "sql",
    [
        recursion("s || s", "n + 1"),
        recursion("concat(s, ',', s)", "n + 1"),
        recursion("replace(s, 'x', 'xx')", "n + 1"),
        recursion("repeat(s, 2)", "n + 1"),
        recursion("(SELECT t.s || t.s)", "n + 1"),
        recursion("r", "s || r", "n + 1", columns="s, r, n"),
        recursion("x || s", "n + 1", source="(SELECT s, s AS x, n FROM t) AS u"),
        recursion("x", "n + 1", source="t, LATERAL (SELECT t.s || t.s AS x) AS u"),
    ],
)
def test_recursion_that_multiplies_is_rejected(sql: str) -> None:
    with pytest.raises(RuleViolation, match="every step"):
        check_text_growth(parse_one(sql, read="postgres"))


@pytest.mark.parametrize(
    "sql",
    [
        recursion("s || ',' || n", "n + 1"),
        recursion("CASE WHEN length(s) > 9 THEN s ELSE s || 'x' END", "n + length(s)"),
        recursion("replace(s, 'xx', 'x')", "n + 1"),
        recursion("r", "s + r", "n + 1", columns="s, r, n"),
        recursion("t.s || ' > ' || e.s", "n + 1", source="t JOIN e ON e.id = t.n"),
    ],
)
def test_recursion_that_adds_passes(sql: str) -> None:
    check_text_growth(parse_one(sql, read="postgres"))


def test_a_chain_of_queries_is_followed_column_by_column() -> None:
    step = "SELECT s || s || s || s AS s, label || 'x' AS label FROM ({})"
    inner = "SELECT name AS s, name AS label FROM t"
    check_text_growth(parse_one(step.format(step.format(inner))))
    for _ in range(6):
        inner = step.format(inner)
    with pytest.raises(RuleViolation, match="1,000 times"):
        check_text_growth(parse_one(inner))
    check_text_growth(parse_one(inner.replace("s || s || s || s AS s", "s")))


def test_nested_calls_multiply() -> None:
    sql = "name"
    for _ in range(4):
        sql = f"replace({sql}, 'a', 'aaaaaaaa')"
    with pytest.raises(RuleViolation):
        check_text_growth(parse_one(f"SELECT length({sql}) FROM t"))
    check_text_growth(parse_one("SELECT replace(replace(name, 'ä', 'ae'), 'ö', 'oe') FROM t"))


@pytest.mark.parametrize(("body", "rejected"), [("a || a", True), ("a || b", False), ("a + a", False)])
def test_a_reduction_keeps_one_copy_of_its_accumulator(body: str, rejected: bool) -> None:
    tree = parse_one(f"SELECT list_reduce(l, (a, b) -> {body}) FROM t", read="duckdb")
    if rejected:
        with pytest.raises(RuleViolation, match="reduction"):
            check_text_growth(tree)
    else:
        check_text_growth(tree)

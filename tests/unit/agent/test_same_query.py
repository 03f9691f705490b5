"""Queries that differ in layout alone are the same query."""

from time import process_time

import pytest

from agent.analyst import Setback
from agent.same_query import fingerprint, tried_before


@pytest.mark.parametrize(
    "other",
    [
        "select A from T where x='Y'",
        "SELECT a -- why\nFROM t /* all */ WHERE x = 'Y';",
        "  SELECT\n\ta FROM t WHERE x='Y' ;",
    ],
)
def test_layout_does_not_make_another_query(other: str) -> None:
    assert fingerprint(other, "postgres") == fingerprint("SELECT a FROM t WHERE x = 'Y'", "postgres")


@pytest.mark.parametrize(
    "other",
    [
        "SELECT a FROM t WHERE x = 'y'",
        "SELECT \"A\" FROM t WHERE x = 'Y'",
        "SELECT a FROM t",
        "SELECT 'a' FROM t",
    ],
)
def test_meaning_makes_another_query(other: str) -> None:
    assert fingerprint(other, "postgres") != fingerprint("SELECT a FROM t WHERE x = 'Y'", "postgres")


def test_the_setback_it_would_bring_again_is_named() -> None:
    first, second = (Setback("syntax", sql, "bad") for sql in ("SELECT 1", "SELECT 2"))
    assert tried_before("select  2;", [first, second], "sqlite") is second
    assert tried_before("SELECT 3", [first, second], "sqlite") is None


@pytest.mark.parametrize("sql", ["DATE(TIMESTAMP(" * 200, "(" * 5_000, "'unclosed", "", "\x00 SELECT"])
def test_queries_nobody_can_parse_are_compared_all_the_same(sql: str) -> None:
    began = process_time()
    assert fingerprint(sql, "postgres") == fingerprint(sql, "postgres")
    assert process_time() - began < 1

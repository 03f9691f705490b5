"""Queries that differ in layout alone are the same query."""

from time import process_time

import pytest

from agent.analyst import Setback
from agent.results.sql_fingerprint import find_repeated, fingerprint


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


JOINED = (
    "SELECT c.name FROM customers AS c JOIN orders AS o ON o.customer_id = c.id WHERE o.a = 1 AND c.b = 2"
)


@pytest.mark.parametrize(
    "other",
    [
        "SELECT x.name FROM customers x JOIN orders y ON y.customer_id = x.id WHERE y.a = 1 AND x.b = 2",
        "SELECT c.name FROM customers c JOIN orders o ON (c.id = o.customer_id) WHERE c.b = 2 AND (o.a = 1)",
        "SELECT customers.name FROM customers JOIN orders ON orders.customer_id = customers.id "
        "WHERE (orders.a = 1) AND (customers.b = 2)",
    ],
)
def test_order_aliases_and_brackets_make_no_other_query(other: str) -> None:
    assert fingerprint(other, "postgres") == fingerprint(JOINED, "postgres")


@pytest.mark.parametrize(
    "other",
    [
        JOINED.replace("AND", "OR"),
        JOINED.replace("c.name", "o.name"),
        JOINED.replace("JOIN", "LEFT JOIN"),
        JOINED.replace("o.a = 1", "o.a = 2"),
        JOINED.replace("c.b = 2", "c.b < 2"),
        JOINED + " LIMIT 1",
        JOINED.replace("SELECT", "SELECT DISTINCT"),
        JOINED.replace("c.name", 'c."Name"'),
    ],
)
def test_what_is_asked_makes_another_query(other: str) -> None:
    assert fingerprint(other, "postgres") != fingerprint(JOINED, "postgres")


def test_a_difference_is_no_sum() -> None:
    assert fingerprint("SELECT a - b FROM t", "sqlite") != fingerprint("SELECT b - a FROM t", "sqlite")
    assert fingerprint("SELECT a + b FROM t", "sqlite") == fingerprint("SELECT b + a FROM t", "sqlite")


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
    assert find_repeated("select  2;", [first, second], "sqlite") is second
    assert find_repeated("SELECT 3", [first, second], "sqlite") is None


@pytest.mark.parametrize(
    "sql",
    [
        "DATE(TIMESTAMP(" * 200,
        "SELECT " + "ARRAY[" * 50,
        "NOT " * 390 + "a",
        "(" * 5_000,
        "'unclosed",
        "",
        "\x00 SELECT",
    ],
)
def test_queries_nobody_can_parse_are_compared_all_the_same(sql: str) -> None:
    began = process_time()
    assert fingerprint(sql, "postgres") == fingerprint(sql, "postgres")
    assert process_time() - began < 10

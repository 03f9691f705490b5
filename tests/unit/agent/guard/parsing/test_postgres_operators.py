"""Operators that sqlglot misreads are rewritten with PostgreSQL's precedence."""

import pytest

from agent.guard.judge import judge
from store.access.approved_query import Approved
from tests.fixtures.guard.schema import shop

SHOP = shop("postgres")


@pytest.mark.parametrize(
    ("expression", "printed"),
    [
        ("|/ 25 + 11", "SQRT(25 + 11)"),
        ("||/ 27 * 8", "CBRT(27 * 8)"),
        ("@ -5.0 + 3", "ABS(-5.0 + 3)"),
        ("2 * @ -3 + 1", "2 * ABS(-3 + 1)"),
        ("@ (-3) || 'x'", "ABS((-3)) || 'x'"),
        ("@ total::numeric(10, 2) - 3", "ABS(CAST(total AS DECIMAL(10, 2)) - 3)"),
        ("@ sum(total) OVER (PARTITION BY id)", "ABS(SUM(total) OVER (PARTITION BY id))"),
        ("@ CASE WHEN id > 3 THEN -1 ELSE 1 END * 2", "ABS(CASE WHEN id > 3 THEN -1 ELSE 1 END * 2)"),
        ("@ @ -3", "ABS(ABS(-3))"),
        ("total <<= inet '10.0.0.0/8'", "NETWORK_SUBEQ(total, CAST('10.0.0.0/8' AS INET))"),
        ("NOT total >>= '10.0.0.1'", "NOT NETWORK_SUPEQ(total, '10.0.0.1')"),
    ],
)
def test_an_operator_becomes_a_call(expression: str, printed: str) -> None:
    verdict = judge(f"SELECT {expression} AS x FROM orders", SHOP)
    assert isinstance(verdict, Approved), verdict
    assert verdict.sql == f"SELECT {printed} AS x FROM public.orders"


@pytest.mark.parametrize(
    "expression", ["@-5", "id @ id", "@", "$1", "id < <= 3", "id OPERATOR(public.<<=) 1"]
)
def test_what_is_no_such_operator_is_rejected(expression: str) -> None:
    assert not isinstance(judge(f"SELECT {expression} FROM orders", SHOP), Approved)

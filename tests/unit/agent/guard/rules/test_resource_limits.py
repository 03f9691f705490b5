import pytest

from agent.guard.judge import judge
from agent.guard.verdict import Rejected
from store.access.approved_query import Approved
from tests.fixtures.guard.schema import shop

POSTGRES = shop("postgres")


def test_a_size_only_the_engine_will_know_is_capped() -> None:
    verdict = judge("SELECT repeat('*', id) FROM orders", POSTGRES)
    assert isinstance(verdict, Approved)
    assert verdict.sql == ("SELECT REPEAT('*', CASE WHEN id > 1000 THEN 1000 ELSE id END) FROM public.orders")


def test_a_cap_of_ours_is_not_capped_again() -> None:
    once = judge("SELECT lpad(name, id + 1) FROM customers", POSTGRES)
    assert isinstance(once, Approved)
    assert judge(once.sql, POSTGRES) == once


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT repeat('*', 1000)",
        "SELECT lpad(id::text, 8, '0') FROM orders",
        "SELECT generate_series(1, 10000)",
        "SELECT generate_series(10, 0, -2)",
        "SELECT d FROM generate_series(date '2024-01-01', current_date, interval '1 week') AS d",
        "SELECT d FROM generate_series(date '2024-01-01', current_date, '1 mon'::interval) AS d",
        "SELECT format('%-20s|%5s', name, id) FROM customers",
        "SELECT name FROM customers WHERE name ~ '^(a|b)[0-9]+$'",
        "SELECT 2 ^ 64, exp(1.5), power(1 + 0.05, 30)",
    ],
)
def test_honest_sizes_are_approved(sql: str) -> None:
    assert isinstance(judge(sql, POSTGRES), Approved), judge(sql, POSTGRES)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT repeat('*', 1001)",
        "SELECT repeat('*', (1000000)::int)",
        "SELECT generate_series(1, 10001)",
        "SELECT generate_series(1, 10, 0)",
        "SELECT generate_series('x', 10)",
        "SELECT '1e99999'::numeric * 2",
        "SELECT jsonb_path_query(meta, '$ ? (@ like_regex \"(a+)+\")') FROM customers",
        "SELECT generate_series(-99999, 0)",
        "SELECT d FROM generate_series(date '2024-01-01', current_date, interval '1 second') AS d",
        "SELECT d FROM generate_series(now(), now(), '1 second 0 days'::interval) AS d",
        "SELECT d FROM generate_series(date '2024-01-01', current_date, '0.000001 days'::interval) AS d",
        "SELECT 2 ^ -5000",
        "SELECT name FROM customers WHERE name ~ '(x*)*y'",
    ],
)
def test_dishonest_sizes_are_refused(sql: str) -> None:
    verdict = judge(sql, POSTGRES)
    assert isinstance(verdict, Rejected)
    assert verdict.kind == "resource_limit"

import pytest

from tests.fixtures.builtin_analyst import sql_of


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        (
            "orders last month",
            "SELECT id, customer_id, status, ordered_at, total, coupon_code, channel FROM orders "
            "WHERE ordered_at >= '2026-10-01' AND ordered_at < '2026-11-01'",
        ),
        (
            "How many orders were there in 2025?",
            "SELECT COUNT(*) AS number_of_orders FROM orders WHERE ordered_at >= '2025-01-01' AND "
            "ordered_at < '2026-01-01'",
        ),
        (
            "customers signed up since March 2025",
            "SELECT first_name, last_name FROM customers WHERE created_at >= '2025-03-01'",
        ),
        (
            "orders in 2024 and 2025",
            "SELECT id, customer_id, status, ordered_at, total, coupon_code, channel FROM orders "
            "WHERE ((ordered_at >= '2024-01-01' AND ordered_at < '2025-01-01') OR (ordered_at >= "
            "'2025-01-01' AND ordered_at < '2026-01-01'))",
        ),
    ],
)
async def test_periods_are_about_the_nearest_date(question: str, sql: str) -> None:
    assert await sql_of(question) == sql


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        (
            "orders placed in or after 2025",
            "SELECT id, customer_id, status, ordered_at, total, coupon_code, channel FROM orders "
            "WHERE ordered_at >= '2025-01-01'",
        ),
        (
            "orders on or before 2025-03-01",
            "SELECT id, customer_id, status, ordered_at, total, coupon_code, channel FROM orders "
            "WHERE ordered_at < '2025-03-02'",
        ),
    ],
)
async def test_a_period_may_include_its_own_border(question: str, sql: str) -> None:
    assert await sql_of(question) == sql

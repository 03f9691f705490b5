import pytest

from tests.asking import sql_of


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        (
            "orders with status shipped or cancelled",
            "SELECT id, customer_id, status, ordered_at, total, coupon_code, channel FROM orders "
            "WHERE status IN ('shipped', 'cancelled')",
        ),
        (
            "products with price above 10 and price below 5",
            "SELECT name FROM products WHERE price > 10 INTERSECT SELECT name FROM products WHERE price < 5",
        ),
    ],
)
async def test_alternatives_and_contradictions_are_told_apart(question: str, sql: str) -> None:
    assert await sql_of(question) == sql

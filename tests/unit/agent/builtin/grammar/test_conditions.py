import pytest

from tests.fixtures.builtin_analyst import sql_of


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


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        (
            "customers from Berlin but not from Germany",
            "SELECT DISTINCT customers.first_name, customers.last_name FROM customers JOIN addresses "
            "ON customers.id = addresses.customer_id WHERE addresses.city = 'Berlin' AND "
            "customers.country <> 'Germany'",
        ),
        (
            "customers who never ordered",
            "SELECT first_name, last_name FROM customers WHERE NOT id IN (SELECT DISTINCT "
            "customers.id FROM customers JOIN orders ON customers.id = orders.customer_id)",
        ),
        (
            "products without order lines",
            "SELECT name FROM products WHERE NOT id IN (SELECT DISTINCT products.id FROM products "
            "JOIN order_lines ON products.id = order_lines.product_id)",
        ),
        (
            "Which products are there? List the name and price.",
            "SELECT name, price FROM products",
        ),
    ],
)
async def test_clauses_are_joined_and_turned(question: str, sql: str) -> None:
    assert await sql_of(question) == sql

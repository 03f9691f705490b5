import pytest

from tests.fixtures.builtin_analyst import sql_of


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        (
            "customers from Berlin",
            "SELECT DISTINCT customers.first_name, customers.last_name FROM customers JOIN addresses "
            "ON customers.id = addresses.customer_id WHERE addresses.city = 'Berlin'",
        ),
        (
            "orders from Germany or France",
            "SELECT orders.id, orders.customer_id, orders.status, orders.ordered_at, orders.total, "
            "orders.coupon_code, orders.channel FROM orders JOIN customers ON orders.customer_id = "
            "customers.id WHERE customers.country IN ('Germany', 'France')",
        ),
        (
            "vip customers",
            "SELECT first_name, last_name FROM customers WHERE segment = 'vip'",
        ),
        (
            "How many orders are not cancelled?",
            "SELECT COUNT(*) AS number_of_orders FROM orders WHERE status <> 'cancelled'",
        ),
    ],
)
async def test_stored_values_become_conditions(question: str, sql: str) -> None:
    assert await sql_of(question) == sql


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        (
            "products whose name contains 'hose'",
            "SELECT name FROM products WHERE LOWER(name) LIKE '%hose%'",
        ),
        (
            "customers whose email starts with an a",
            "SELECT first_name, last_name FROM customers WHERE LOWER(email) LIKE 'a%'",
        ),
        (
            "products that have 'hose' in their name",
            "SELECT name FROM products WHERE LOWER(name) LIKE '%hose%'",
        ),
    ],
)
async def test_parts_of_texts_are_searched(question: str, sql: str) -> None:
    assert await sql_of(question) == sql

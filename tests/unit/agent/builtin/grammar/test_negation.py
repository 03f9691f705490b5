import pytest

from tests.fixtures.builtin_analyst import sql_of


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        (
            "customer ids without an order",
            "SELECT id FROM customers WHERE NOT id IN (SELECT DISTINCT customers.id FROM customers "
            "JOIN orders ON customers.id = orders.customer_id)",
        ),
        (
            "customers who did not place two or more orders",
            "SELECT first_name, last_name FROM customers WHERE NOT id IN (SELECT customers.id FROM "
            "customers JOIN orders ON customers.id = orders.customer_id GROUP BY customers.id HAVING "
            "COUNT(*) >= 2)",
        ),
        (
            "which products have never been used?",
            "SELECT name FROM products WHERE NOT id IN (SELECT DISTINCT products.id FROM products "
            "JOIN order_lines ON products.id = order_lines.product_id)",
        ),
        (
            "show all countries except for those having a customer named Anna",
            "SELECT DISTINCT country FROM customers WHERE NOT country IN (SELECT country FROM "
            "customers WHERE first_name = 'Anna')",
        ),
    ],
)
async def test_what_is_lacking_is_not_the_subject(question: str, sql: str) -> None:
    assert await sql_of(question) == sql

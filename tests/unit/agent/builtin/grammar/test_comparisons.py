import pytest

from tests.fixtures.builtin_analyst import sql_of


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        (
            "products with a price above the average price",
            "SELECT name FROM products WHERE price > (SELECT AVG(price) AS average_price FROM products)",
        ),
        (
            "products with more than 3 order lines",
            "SELECT products.name FROM products JOIN order_lines ON products.id = "
            "order_lines.product_id GROUP BY products.id, products.name HAVING COUNT(*) > 3",
        ),
        (
            "customers with at least one order",
            "SELECT DISTINCT customers.first_name, customers.last_name FROM customers JOIN orders ON "
            "customers.id = orders.customer_id",
        ),
        (
            "orders with a total over 100",
            "SELECT id, customer_id, status, ordered_at, total, coupon_code, channel FROM orders "
            "WHERE total > 100",
        ),
    ],
)
async def test_comparisons_may_be_with_numbers_averages_and_columns(question: str, sql: str) -> None:
    assert await sql_of(question) == sql


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        (
            "products with a price above some price of products",
            "SELECT name FROM products WHERE price > (SELECT MIN(price) AS lowest_price FROM products)",
        ),
        (
            "products with a price below 5 or above 100",
            "SELECT name FROM products WHERE (price < 5 OR price > 100)",
        ),
    ],
)
async def test_more_than_some_is_more_than_the_least(question: str, sql: str) -> None:
    assert await sql_of(question) == sql

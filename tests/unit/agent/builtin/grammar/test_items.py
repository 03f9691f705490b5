import pytest

from tests.asking import sql_of


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        (
            "What is the average price of products?",
            "SELECT AVG(price) AS average_price FROM products",
        ),
        (
            "the 3 most expensive products",
            "SELECT name FROM products ORDER BY price DESC LIMIT 3",
        ),
        (
            "What percentage of orders are cancelled?",
            "SELECT 100.0 * SUM(CASE WHEN status = 'cancelled' THEN 1 ELSE 0 END) / COUNT(*) AS "
            '"percent" FROM orders',
        ),
        (
            "how many different countries do customers come from?",
            "SELECT COUNT(DISTINCT country) AS number_of_country FROM customers",
        ),
    ],
)
async def test_what_is_shown_is_read(question: str, sql: str) -> None:
    assert await sql_of(question) == sql

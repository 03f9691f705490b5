import pytest

from tests.fixtures.builtin_analyst import sql_of


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        (
            "Which customer has the most orders?",
            "SELECT customers.first_name, customers.last_name FROM customers JOIN orders ON "
            "customers.id = orders.customer_id GROUP BY customers.id, customers.first_name, "
            "customers.last_name ORDER BY COUNT(*) DESC LIMIT 1",
        ),
        (
            "the product with the highest price",
            "SELECT name FROM products ORDER BY price DESC LIMIT 1",
        ),
        (
            "suppliers with the highest rating",
            "SELECT name FROM suppliers ORDER BY rating DESC LIMIT 1",
        ),
    ],
)
async def test_superlatives_sort_and_keep_the_first(question: str, sql: str) -> None:
    assert await sql_of(question) == sql


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        (
            "which country has the most vip customers?",
            "SELECT country FROM customers WHERE segment = 'vip' GROUP BY country ORDER BY COUNT(*) "
            "DESC LIMIT 1",
        ),
    ],
)
async def test_only_those_described_are_counted(question: str, sql: str) -> None:
    assert await sql_of(question) == sql


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        (
            "the category with the most products",
            "SELECT categories.name FROM categories JOIN products ON categories.id = "
            "products.category_id GROUP BY categories.id, categories.name ORDER BY COUNT(*) DESC "
            "LIMIT 1",
        ),
        (
            "Which customer ordered the most products?",
            "SELECT customers.first_name, customers.last_name FROM customers JOIN orders ON "
            "customers.id = orders.customer_id JOIN order_lines ON orders.id = order_lines.order_id "
            "JOIN products ON order_lines.product_id = products.id GROUP BY customers.id, "
            "customers.first_name, customers.last_name ORDER BY COUNT(DISTINCT products.id) DESC "
            "LIMIT 1",
        ),
    ],
)
async def test_most_of_something_is_counted(question: str, sql: str) -> None:
    assert await sql_of(question) == sql

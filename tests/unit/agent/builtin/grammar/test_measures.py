import pytest

from tests.fixtures.builtin_analyst import sql_of


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        (
            "revenue by country",
            "SELECT customers.country, SUM(orders.total) AS total FROM orders JOIN customers ON "
            "orders.customer_id = customers.id GROUP BY customers.country",
        ),
        (
            "What is the revenue?",
            "SELECT SUM(total) AS total FROM orders",
        ),
    ],
)
async def test_what_adds_up_is_added_up(question: str, sql: str) -> None:
    assert await sql_of(question) == sql


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        (
            "which category has the highest average product price?",
            "SELECT categories.name FROM categories JOIN products ON categories.id = "
            "products.category_id GROUP BY categories.id, categories.name ORDER BY "
            "AVG(products.price) DESC LIMIT 1",
        ),
    ],
)
async def test_a_table_says_whose_number_is_measured(question: str, sql: str) -> None:
    assert await sql_of(question) == sql

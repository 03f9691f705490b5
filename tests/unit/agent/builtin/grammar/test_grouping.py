import pytest

from tests.fixtures.builtin_analyst import sql_of


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        (
            "How many orders are there per status?",
            "SELECT status, COUNT(*) AS number_of_orders FROM orders GROUP BY status",
        ),
        (
            "total revenue by month and channel",
            "SELECT channel, STRFTIME('%Y-%m', ordered_at) AS month, SUM(total) AS total FROM orders "
            "GROUP BY channel, STRFTIME('%Y-%m', ordered_at) ORDER BY STRFTIME('%Y-%m', ordered_at) "
            "ASC",
        ),
        (
            "number of products for each category",
            "SELECT categories.name, COUNT(*) AS number_of_products FROM products JOIN categories ON "
            "products.category_id = categories.id GROUP BY categories.id, categories.name",
        ),
    ],
)
async def test_groups_are_read(question: str, sql: str) -> None:
    assert await sql_of(question) == sql

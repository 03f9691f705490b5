import pytest

from tests.asking import sql_of


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        (
            "In 2025, how many orders were there?",
            "SELECT COUNT(*) AS number_of_orders FROM orders WHERE ordered_at >= '2025-01-01' AND "
            "ordered_at < '2026-01-01'",
        ),
        (
            "For each category, how many products are there?",
            "SELECT categories.name, COUNT(*) AS number_of_products FROM products JOIN categories ON "
            "products.category_id = categories.id GROUP BY categories.id, categories.name",
        ),
    ],
)
async def test_what_stands_in_front_is_read_as_well(question: str, sql: str) -> None:
    assert await sql_of(question) == sql

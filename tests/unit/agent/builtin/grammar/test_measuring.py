import pytest

from tests.asking import sql_of


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

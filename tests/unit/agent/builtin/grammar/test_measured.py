import pytest

from tests.asking import sql_of


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        (
            "categories whose average price is above 100",
            "SELECT categories.name FROM categories JOIN products ON categories.id = "
            "products.category_id GROUP BY categories.id, categories.name HAVING AVG(products.price) "
            "> 100",
        ),
        (
            "customers with a number of orders greater than 5",
            "SELECT customers.first_name, customers.last_name FROM customers JOIN orders ON "
            "customers.id = orders.customer_id GROUP BY customers.id, customers.first_name, "
            "customers.last_name HAVING COUNT(*) > 5",
        ),
    ],
)
async def test_groups_are_held_against_aggregates(question: str, sql: str) -> None:
    assert await sql_of(question) == sql

import pytest

from tests.asking import sql_of


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        (
            "products with price 20",
            "SELECT name FROM products WHERE price = 20",
        ),
        (
            "customers with 3 or more orders",
            "SELECT customers.first_name, customers.last_name FROM customers JOIN orders ON "
            "customers.id = orders.customer_id GROUP BY customers.id, customers.first_name, "
            "customers.last_name HAVING COUNT(*) >= 3",
        ),
        (
            "category 4",
            "SELECT name FROM categories WHERE id = 4",
        ),
    ],
)
async def test_bare_numbers_belong_to_the_noun_beside_them(question: str, sql: str) -> None:
    assert await sql_of(question) == sql

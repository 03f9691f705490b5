import pytest

from tests.fixtures.builtin_analyst import sql_of


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        (
            "products whose name contains 'hose'",
            "SELECT name FROM products WHERE LOWER(name) LIKE '%hose%'",
        ),
        (
            "customers whose email starts with an a",
            "SELECT first_name, last_name FROM customers WHERE LOWER(email) LIKE 'a%'",
        ),
        (
            "products that have 'hose' in their name",
            "SELECT name FROM products WHERE LOWER(name) LIKE '%hose%'",
        ),
    ],
)
async def test_parts_of_texts_are_searched(question: str, sql: str) -> None:
    assert await sql_of(question) == sql

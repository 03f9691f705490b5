import pytest

from tests.fixtures.builtin_analyst import sql_of


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        (
            "products with price over 5 and stock below 3",
            "SELECT name FROM products WHERE price > 5 AND stock < 3",
        ),
        (
            "name, price and stock of products",
            "SELECT name, price, stock FROM products",
        ),
    ],
)
async def test_a_condition_is_not_taken_for_something_shown(question: str, sql: str) -> None:
    assert await sql_of(question) == sql

import pytest

from tests.asking import sql_of


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        (
            "Please show me all the suppliers",
            "SELECT name FROM suppliers",
        ),
        (
            "What are the names, prices and stocks of products?",
            "SELECT name, price, stock FROM products",
        ),
    ],
)
async def test_openers_say_nothing(question: str, sql: str) -> None:
    assert await sql_of(question) == sql

import pytest

from tests.asking import sql_of


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        (
            "customer emails",
            "SELECT email FROM customers",
        ),
        (
            "the customer's email",
            "SELECT email FROM customers",
        ),
        (
            "email of the customers",
            "SELECT email FROM customers",
        ),
        (
            "names of all different products in alphabetical order",
            "SELECT DISTINCT name FROM products ORDER BY name ASC",
        ),
        (
            "show the name and price of each product",
            "SELECT name, price FROM products",
        ),
    ],
)
async def test_a_noun_takes_its_owner_from_either_side(question: str, sql: str) -> None:
    assert await sql_of(question) == sql


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        (
            "names of the countries of suppliers",
            "SELECT country FROM suppliers",
        ),
    ],
)
async def test_the_name_of_a_text_is_the_text(question: str, sql: str) -> None:
    assert await sql_of(question) == sql

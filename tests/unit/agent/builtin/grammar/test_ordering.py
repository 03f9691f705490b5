import pytest

from tests.fixtures.builtin_analyst import sql_of


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        (
            "products sorted by price in descending order",
            "SELECT name FROM products ORDER BY price DESC",
        ),
        (
            "list customers in alphabetical order of last name",
            "SELECT first_name, last_name FROM customers ORDER BY last_name ASC",
        ),
        (
            "products, cheapest first",
            "SELECT name FROM products ORDER BY price ASC",
        ),
    ],
)
async def test_orders_are_read(question: str, sql: str) -> None:
    assert await sql_of(question) == sql


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        (
            "sort the products by price from high to low",
            "SELECT name FROM products ORDER BY price DESC",
        ),
        (
            "sort the list of names and prices of all products in descending order of price",
            "SELECT name, price FROM products ORDER BY price DESC",
        ),
        (
            "list the names of products and order the products by price",
            "SELECT name FROM products ORDER BY price ASC",
        ),
    ],
)
async def test_what_is_sorted_may_be_said_before_by_what(question: str, sql: str) -> None:
    assert await sql_of(question) == sql

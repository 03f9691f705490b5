import pytest

from tests.fixtures.builtin_analyst import sql_of


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        (
            "products between 20 and 50 euros",
            "SELECT name FROM products WHERE price BETWEEN 20 AND 50",
        ),
        (
            "which customers have more than 5 orders?",
            "SELECT customers.first_name, customers.last_name FROM customers JOIN orders ON "
            "customers.id = orders.customer_id GROUP BY customers.id, customers.first_name, "
            "customers.last_name HAVING COUNT(*) > 5",
        ),
        (
            "customers who ordered more than 10 times",
            "SELECT customers.first_name, customers.last_name FROM customers JOIN orders ON "
            "customers.id = orders.customer_id GROUP BY customers.id, customers.first_name, "
            "customers.last_name HAVING COUNT(*) > 10",
        ),
        (
            "customers who placed orders at least twice",
            "SELECT customers.first_name, customers.last_name FROM customers JOIN orders ON "
            "customers.id = orders.customer_id GROUP BY customers.id, customers.first_name, "
            "customers.last_name HAVING COUNT(*) >= 2",
        ),
        (
            "customers with 0 orders",
            "SELECT first_name, last_name FROM customers WHERE NOT id IN (SELECT DISTINCT "
            "customers.id FROM customers JOIN orders ON customers.id = orders.customer_id)",
        ),
    ],
)
async def test_numbers_are_compared_with_what_stands_around_them(question: str, sql: str) -> None:
    assert await sql_of(question) == sql


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        (
            "which countries have at least two customers?",
            "SELECT country FROM customers GROUP BY country HAVING COUNT(*) >= 2",
        ),
        (
            "products with a price below 5 or above 100",
            "SELECT name FROM products WHERE (price < 5 OR price > 100)",
        ),
    ],
)
async def test_numbers_find_what_has_a_size(question: str, sql: str) -> None:
    assert await sql_of(question) == sql


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

import pytest

from tests.fixtures.builtin_analyst import sql_of


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


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        (
            "How many customers are there in total?",
            "SELECT COUNT(*) AS number_of_customers FROM customers",
        ),
        (
            "products with a price value above 10",
            "SELECT name FROM products WHERE price > 10",
        ),
    ],
)
async def test_words_that_say_nothing_new_are_passed_over(question: str, sql: str) -> None:
    assert await sql_of(question) == sql


async def test_across_all_of_them_is_not_for_each() -> None:
    sql = await sql_of("what is the maximum price across all products?")
    assert sql == "SELECT MAX(price) AS highest_price FROM products"


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

import pytest

from tests.asking import sql_of


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

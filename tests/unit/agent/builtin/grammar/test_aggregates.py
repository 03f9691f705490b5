import pytest

from tests.asking import sql_of


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        (
            "minimum, maximum and average price of products",
            "SELECT MIN(price) AS lowest_price, MAX(price) AS highest_price, AVG(price) AS "
            "average_price FROM products",
        ),
        (
            "What is the average number of orders per customer?",
            "SELECT AVG(number_of_orders) AS average_number_of_orders FROM (SELECT COUNT(*) AS "
            "number_of_orders FROM orders GROUP BY customer_id) AS counted",
        ),
    ],
)
async def test_several_functions_share_a_noun(question: str, sql: str) -> None:
    assert await sql_of(question) == sql


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        (
            "lowest and highest price and the average price of products",
            "SELECT MIN(price) AS lowest_price, MAX(price) AS highest_price, AVG(price) AS "
            "average_price FROM products",
        ),
    ],
)
async def test_extremes_beside_aggregates_are_aggregates(question: str, sql: str) -> None:
    assert await sql_of(question) == sql

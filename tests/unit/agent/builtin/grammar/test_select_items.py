import pytest

from tests.fixtures.builtin_analyst import sql_of


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        (
            "What is the average price of products?",
            "SELECT AVG(price) AS average_price FROM products",
        ),
        (
            "the 3 most expensive products",
            "SELECT name FROM products ORDER BY price DESC LIMIT 3",
        ),
        (
            "What percentage of orders are cancelled?",
            "SELECT 100.0 * SUM(CASE WHEN status = 'cancelled' THEN 1 ELSE 0 END) / COUNT(*) AS "
            '"percent" FROM orders',
        ),
        (
            "how many different countries do customers come from?",
            "SELECT COUNT(DISTINCT country) AS number_of_country FROM customers",
        ),
    ],
)
async def test_what_is_shown_is_read(question: str, sql: str) -> None:
    assert await sql_of(question) == sql


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        (
            "categories whose average price is above 100",
            "SELECT categories.name FROM categories JOIN products ON categories.id = "
            "products.category_id GROUP BY categories.id, categories.name HAVING AVG(products.price) "
            "> 100",
        ),
        (
            "customers with a number of orders greater than 5",
            "SELECT customers.first_name, customers.last_name FROM customers JOIN orders ON "
            "customers.id = orders.customer_id GROUP BY customers.id, customers.first_name, "
            "customers.last_name HAVING COUNT(*) > 5",
        ),
    ],
)
async def test_groups_are_held_against_aggregates(question: str, sql: str) -> None:
    assert await sql_of(question) == sql


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

import pytest

from tests.fixtures.builtin_analyst import sql_of


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


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        (
            "products that cost between 5 and 10",
            "SELECT name FROM products WHERE price BETWEEN 5 AND 10",
        ),
        (
            "products in stock",
            "SELECT name FROM products WHERE stock > 0",
        ),
        (
            "orders without a coupon",
            "SELECT id, customer_id, status, ordered_at, total, coupon_code, channel FROM orders "
            "WHERE coupon_code IS NULL",
        ),
        (
            "products with their category",
            "SELECT products.name AS products_name, categories.name AS categories_name FROM products "
            "JOIN categories ON products.category_id = categories.id",
        ),
    ],
)
async def test_nouns_bring_in_tables_or_wait_to_be_compared(question: str, sql: str) -> None:
    assert await sql_of(question) == sql

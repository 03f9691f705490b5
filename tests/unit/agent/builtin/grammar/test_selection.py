import pytest

from tests.fixtures.builtin_analyst import sql_of


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        (
            "name and rating of the suppliers",
            "SELECT name, rating FROM suppliers",
        ),
        (
            "names of customers and their emails",
            "SELECT first_name, last_name, email FROM customers",
        ),
    ],
)
async def test_an_owner_belongs_to_all_columns_before_it(question: str, sql: str) -> None:
    assert await sql_of(question) == sql

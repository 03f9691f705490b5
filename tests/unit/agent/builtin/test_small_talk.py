import pytest

from agent.builtin.small_talk import asks_for_explanation, describe_schema, is_write_request, small_talk_reply
from tests.fixtures.nlg_cases import SHOP


@pytest.mark.parametrize(
    "question",
    [
        "delete all customers",
        "Please drop the orders table",
        "update the price of every product",
        "can you remove the order 5",
        "insert a new customer",
        "set the status to paid",
        "truncate orders",
    ],
)
def test_wishes_to_change_something_are_seen(question: str) -> None:
    assert is_write_request(question)


@pytest.mark.parametrize(
    "question",
    [
        "show deleted orders",
        "orders updated last week",
        "How many orders were cancelled?",
        "which products were added in 2025?",
        "What is the average order value?",
    ],
)
def test_questions_about_changes_are_questions(question: str) -> None:
    assert not is_write_request(question)


def test_what_is_known_is_told_table_by_table() -> None:
    text = describe_schema("What do you know about?", SHOP)
    assert text is not None
    assert "- customers" in text


def test_a_table_is_told_column_by_column() -> None:
    text = describe_schema("what do you know about orders?", SHOP)
    assert text is not None
    assert "- order status" in text
    assert "customers" in text


def test_questions_about_data_are_not_described() -> None:
    assert describe_schema("How many customers are there?", SHOP) is None
    assert describe_schema("list all suppliers", SHOP) is None


@pytest.mark.parametrize(
    "question",
    [
        "List all information in the orders table.",
        "show the names in the customers table",
        "Which customers do not have a city field?",
        "What is the structure of the order with the fewest items?",
    ],
)
def test_where_to_look_does_not_make_it_a_question_about_the_schema(question: str) -> None:
    assert describe_schema(question, SHOP) is None


@pytest.mark.parametrize(
    "question",
    [
        "which columns are in the orders table?",
        "what is in the orders table?",
        "show me the structure of the orders table",
        "Which tables have a date column?",
    ],
)
def test_questions_about_tables_are_described(question: str) -> None:
    assert describe_schema(question, SHOP) is not None


@pytest.mark.parametrize("reply", ["hello", "Hi there!", "thanks!", "help", "what can you do?"])
def test_small_talk_is_answered(reply: str) -> None:
    assert small_talk_reply(reply, SHOP)


def test_why_asks_for_the_reading() -> None:
    assert asks_for_explanation("why?")
    assert not asks_for_explanation("why did customers return products?")

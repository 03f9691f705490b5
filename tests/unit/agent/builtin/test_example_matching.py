from collections.abc import Sequence
from datetime import date

import pytest

from agent.analyst import AnswerContext, Draft, DraftContext, Intent, Memory, Setback, Turn
from agent.builtin.analyst import BuiltinAnalyst
from agent.builtin.example_matching import match_example
from schema_docs.search.results import ExampleMatch, SearchResult, ValueMatch
from store.rows import RowColumn, Rows
from tests.fixtures.nlg_cases import SHOP

TODAY = date(2026, 11, 21)
VALUES = (
    ValueMatch("addresses", "city", "Paris", "paris", 1.0),
    ValueMatch("main.addresses", "city", "St. Gallen", "st gallen", 0.9),
    ValueMatch("customers", "segment", "vip", "vips", 0.9),
    ValueMatch("customers", "segment", "trade", "trade", 0.5, inferred=True),
)


def task(
    question_asked: str,
    *examples: tuple[str, str],
    original_question: str | None = None,
    tries: Sequence[Setback] = (),
) -> DraftContext:
    matches = tuple(ExampleMatch(at, question, sql, 0.9) for at, (question, sql) in enumerate(examples))
    intent = Intent("data", question_asked, original_question=original_question)
    return DraftContext(
        intent, Memory(), SHOP.map, SearchResult(1, values=VALUES, examples=matches), TODAY, tuple(tries)
    )


def made(question_asked: str, question: str, sql: str) -> str | None:
    match = match_example(task(question_asked, (question, sql)))
    return match.sql if match else None


IN_CITY = ("How many live in Berlin?", "SELECT count(*) FROM addresses AS a WHERE a.city = 'Berlin'")


def test_the_very_same_question_has_the_very_same_query() -> None:
    assert made("how many  live in berlin", *IN_CITY) == IN_CITY[1]


@pytest.mark.parametrize(
    ("question_asked", "question", "sql", "expected"),
    [
        ("How many live in Paris?", *IN_CITY, "SELECT COUNT(*) FROM addresses AS a WHERE a.city = 'Paris'"),
        (
            "How many live in st gallen?",
            *IN_CITY,
            "SELECT COUNT(*) FROM addresses AS a WHERE a.city = 'St. Gallen'",
        ),
        (
            "Which vips bought more than 50 things since 2024-03-01?",
            "Which pros bought more than 3 things since 2023-01-01?",
            "SELECT id FROM customers WHERE segment = 'pro' AND n > 3 AND d >= '2023-01-01'",
            "SELECT id FROM customers WHERE segment = 'vip' AND n > 50 AND d >= '2024-03-01'",
        ),
        ("top 7 products", "Top 10 products?", "SELECT id FROM p LIMIT 10", "SELECT id FROM p LIMIT 7"),
        (
            "Orders of 2024",
            "Orders of 2025",
            "SELECT id FROM orders WHERE strftime('%Y', d) = '2025'",
            "SELECT id FROM orders WHERE STRFTIME('%Y', d) = '2024'",
        ),
    ],
)
def test_values_are_exchanged_by_kind(question_asked: str, question: str, sql: str, expected: str) -> None:
    assert made(question_asked, question, sql) == expected


@pytest.mark.parametrize(
    ("question_asked", "question", "sql"),
    [
        ("How many people live in Paris?", *IN_CITY),
        # No such value is stored in this column, or in any.
        ("How many live in vips?", *IN_CITY),
        ("How many live in Atlantis?", *IN_CITY),
        ("Which trade buy?", "Which pros buy?", "SELECT id FROM customers WHERE segment = 'pro'"),
        # A text in a pattern, or one that is made something of.
        ("Who is like Paris?", "Who is like Berlin?", "SELECT id FROM addresses WHERE city LIKE 'Berlin'"),
        ("Who is in Paris?", "Who is in Berlin?", "SELECT id FROM addresses WHERE upper(city) = 'Berlin'"),
        # It stands for two things, or for nothing that was said.
        ("5 with 7", "3 with 3", "SELECT id FROM p WHERE n = 3 LIMIT 3"),
        ("5 with 5", "3 with 3", "SELECT id FROM p WHERE n = 3 LIMIT 3"),
        ("More than 5", "More than 2", "SELECT id FROM p WHERE n >= 3"),
        ("The top 5", "The top 1", "SELECT id FROM p WHERE active = 1 ORDER BY n LIMIT 1"),
        # Of another form.
        ("More than 2.5", "More than 2", "SELECT id FROM p WHERE n > 2"),
        ("More than five", "More than 2", "SELECT id FROM p WHERE n > 2"),
        ("Since 24", "Since 2023", "SELECT id FROM p WHERE strftime('%Y', d) = '2023'"),
        # The day it speaks of was another one.
        ("Sold last month", "Sold last month", "SELECT id FROM p WHERE d >= '2026-01-01'"),
        ("Nonsense", "Nonsense", "SELECT ((("),
    ],
)
def test_what_is_not_certain_is_left(question_asked: str, question: str, sql: str) -> None:
    assert made(question_asked, question, sql) is None


def test_the_first_example_that_will_do_is_taken() -> None:
    other = ("How many live there?", "SELECT 1")
    assert match_example(task("How many live in Paris?", other, IN_CITY)) is not None
    assert match_example(task("How many live in Paris?")) is None


def test_a_follow_up_and_a_second_try_have_no_example() -> None:
    assert match_example(task("How many live in Paris?", IN_CITY, original_question="and Paris?")) is None
    setback = Setback("rejected", "SELECT 1", "No.")
    assert match_example(task("How many live in Paris?", IN_CITY, tries=[setback])) is None


async def test_the_draft_and_the_reply_say_where_the_query_is_from() -> None:
    draft = await BuiltinAnalyst().draft(task("How many live in Paris?", IN_CITY))
    assert isinstance(draft, Draft)
    assert "Paris" in draft.sql
    assert draft.assumptions == ("This query comes from a verified example: “How many live in Berlin?”",)
    rows = Rows((RowColumn("n", "integer"),), ((3,),))
    intent = Intent("data", "How many live in Paris?")
    story = AnswerContext("How many live in Paris?", intent, "answered", SHOP.map, draft=draft, rows=rows)
    reply = "".join([piece async for piece in BuiltinAnalyst().narrate(story)])
    assert reply.startswith("n: 3. This query comes from a verified example")


async def test_a_follow_up_does_not_edit_a_plan_from_before_an_example() -> None:
    analyst = BuiltinAnalyst()
    first = await analyst.draft(task("How many customers are there?"))
    assert isinstance(first, Draft)
    planned = Turn("a", "a", "", "answered", first.sql, first.plan)
    by_an_example = Turn("b", "b", "", "answered", IN_CITY[1])
    leaning = "how many of them are vips?"
    understood = await analyst.understand(leaning, Memory((planned,)), SHOP.map, TODAY)
    assert understood.original_question == leaning
    understood = await analyst.understand(leaning, Memory((planned, by_an_example)), SHOP.map, TODAY)
    assert understood.original_question is None

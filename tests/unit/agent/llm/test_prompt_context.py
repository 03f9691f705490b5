"""What a model is told fits its budget and leaves out nothing silently."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

from agent.analyst import Memory, Setback, Turn
from agent.llm.prompt_context import (
    MOST_CONVERSATION,
    MOST_OVERVIEW,
    MOST_PAGES,
    MOST_ROWS,
    MOST_ROWS_TEXT,
    NOTHING,
    conversation_in_words,
    joins_in_words,
    pages_in_words,
    rows_in_words,
    tables_in_words,
    tries_in_words,
    values_in_words,
)
from schema_docs.search.results import Found, Page
from store.catalog import Catalog, Column, Table
from store.rows import RowColumn, Rows
from tests.model_world import FOUND, MEMORY, SCHEMA

ONE = (RowColumn("a", "other"),)


def test_tables_are_told_with_columns_keys_and_what_people_wrote() -> None:
    assert tables_in_words(SCHEMA).splitlines() == [
        "public.customers: id, city. People who bought something.",
        "public.orders: id, customer_id (→ public.customers), total. Purchases, paid or not.",
    ]


def test_many_tables_are_told_by_their_names() -> None:
    columns = tuple(Column(f"column_{n}", "text", "text") for n in range(30))
    tables = tuple(Table("public", f"table_{n}", columns) for n in range(1000))
    told = tables_in_words(replace(SCHEMA, catalog=Catalog("postgres", tables), notes={}))
    assert told.startswith("public.table_0\npublic.table_1\n")
    assert told.endswith("…")
    assert len(told) <= MOST_OVERVIEW + 2


def test_pages_are_told_whole_or_not_at_all() -> None:
    pages = tuple(Page(f"t{n}", "x" * 5_000) for n in range(10))
    told = pages_in_words(Found(1, pages))
    assert told.count("x") == 15_000
    assert told.endswith("…")
    assert len(told) <= MOST_PAGES + 2


def test_nothing_is_told_as_nothing() -> None:
    nothing = Found(1)
    assert {pages_in_words(nothing), joins_in_words(nothing), values_in_words(nothing)} == {NOTHING}
    assert conversation_in_words(Memory()) == tries_in_words([]) == NOTHING


def test_keys_and_values_are_told_a_line_each() -> None:
    assert joins_in_words(FOUND) == "public.orders.customer_id = public.customers.id"
    assert values_in_words(FOUND) == 'public.customers.city = "Berlin" (the question says "berlin")'


def test_the_conversation_is_told_oldest_first() -> None:
    told = conversation_in_words(MEMORY)
    assert told.startswith("Asked: Which tables are there?")
    assert (
        "SQL: SELECT count(*) FROM customers\nResult: 1 rows with the columns count\nReply: There are 12."
        in told
    )


def test_tries_are_told_with_what_went_wrong_and_what_is_near() -> None:
    told = tries_in_words([Setback("unknown_name", "SELECT x", "no x", "y"), Setback("syntax", "SELEC", "?")])
    assert told == (
        "Try 1: SELECT x\nWent wrong (unknown_name): no x\nNear: y\n\nTry 2: SELEC\nWent wrong (syntax): ?"
    )


def test_rows_are_lines_of_json() -> None:
    rows = Rows(
        (RowColumn("day", "date"), RowColumn("sum", "number")), ((date(2026, 3, 9), Decimal("1.50")),)
    )
    assert rows_in_words(rows) == '["day", "sum"]\n["2026-03-09", 1.5]'


def test_only_the_first_rows_are_told() -> None:
    told = rows_in_words(Rows(ONE, tuple((n,) for n in range(1000))))
    assert told.splitlines()[-1] == f"[{MOST_ROWS - 1}]"


def test_a_huge_cell_does_not_push_the_others_out() -> None:
    told = rows_in_words(Rows(ONE, (("x" * 100_000,), ({"deep": ["y" * 5_000]},), (3,))))
    assert json.loads(told.splitlines()[-1]) == [3]


def test_rows_keep_to_their_budget() -> None:
    told = rows_in_words(Rows(ONE * 30, tuple((("z" * 199),) * 30 for _ in range(20))))
    assert len(told) <= MOST_ROWS_TEXT + 2
    assert told.endswith("…")


def test_a_long_conversation_keeps_its_newest_turns_whole() -> None:
    turns = tuple(
        Turn(
            f"question {n}", f"question {n}", f"reply {n} " + "x" * 590, "answered", sql="SELECT " + "y" * 900
        )
        for n in range(8)
    )
    told = conversation_in_words(Memory(turns, "Asked: long ago – answered."))
    assert told.startswith("Asked: long ago")
    assert "reply 7" in told
    assert "question 7" in told
    assert "question 0" not in told
    assert len(told) < MOST_CONVERSATION + 2_000


def test_replies_made_from_rows_stay_here_where_rows_may_not_leave() -> None:
    told = conversation_in_words(MEMORY, lambda _: False)
    assert "There are 12." not in told
    assert "SELECT count(*) FROM customers" in told


def test_each_of_several_questions_is_told_with_its_query() -> None:
    parts = (
        Turn("a and b?", "a?", "", "answered", sql="SELECT 1", row_count=1, shape=("a",)),
        Turn("a and b?", "b?", "", "answered", sql="SELECT 2", row_count=3, shape=("b",)),
    )
    told = conversation_in_words(Memory((Turn("a and b?", "a and b?", "Both.", "answered", parts=parts),)))
    assert "Understood as: a?\nSQL: SELECT 1" in told
    assert "Understood as: b?\nSQL: SELECT 2" in told

"""What a model is told fits its budget and leaves out nothing silently."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

from agent.analyst import Memory, Setback, Turn
from agent.llm.prompt_context import (
    MAX_CONVERSATION,
    MAX_DOCUMENTS,
    MAX_OVERVIEW,
    MAX_ROWS,
    MAX_ROWS_TEXT,
    NOTHING,
    format_attempts,
    format_conversation,
    format_documents,
    format_joins,
    format_rows,
    format_tables,
    format_values,
)
from schema_docs.search.results import SearchResult, TableDocument
from store.catalog import Catalog, Column, Table
from store.rows import RowColumn, Rows
from tests.fixtures.llm.contexts import MEMORY, RETRIEVAL, SCHEMA

ONE = (RowColumn("a", "other"),)


def test_tables_are_told_with_columns_keys_and_what_people_wrote() -> None:
    assert format_tables(SCHEMA).splitlines() == [
        "public.customers: id, city. People who bought something.",
        "public.orders: id, customer_id (→ public.customers), total. Purchases, paid or not.",
    ]


def test_many_tables_are_told_by_their_names() -> None:
    columns = tuple(Column(f"column_{n}", "text", "text") for n in range(30))
    tables = tuple(Table("public", f"table_{n}", columns) for n in range(1000))
    text = format_tables(replace(SCHEMA, catalog=Catalog("postgres", tables), notes={}))
    assert text.startswith("public.table_0\npublic.table_1\n")
    assert text.endswith("…")
    assert len(text) <= MAX_OVERVIEW + 2


def test_pages_are_told_whole_or_not_at_all() -> None:
    pages = tuple(TableDocument(f"t{n}", "x" * 5_000) for n in range(10))
    text = format_documents(SearchResult(1, pages))
    assert text.count("x") == 15_000
    assert text.endswith("…")
    assert len(text) <= MAX_DOCUMENTS + 2


def test_nothing_is_told_as_nothing() -> None:
    empty = SearchResult(1)
    assert {format_documents(empty), format_joins(empty), format_values(empty)} == {NOTHING}
    assert format_conversation(Memory()) == format_attempts([]) == NOTHING


def test_keys_and_values_are_told_a_line_each() -> None:
    assert format_joins(RETRIEVAL) == "public.orders.customer_id = public.customers.id"
    assert format_values(RETRIEVAL) == 'public.customers.city = "Berlin" (the question says "berlin")'


def test_the_conversation_is_told_oldest_first() -> None:
    text = format_conversation(MEMORY)
    assert text.startswith("Asked: Which tables are there?")
    assert (
        "SQL: SELECT count(*) FROM customers\nResult: 1 rows with the columns count\nReply: There are 12."
        in text
    )


def test_tries_are_told_with_what_went_wrong_and_what_is_near() -> None:
    text = format_attempts(
        [Setback("unknown_name", "SELECT x", "no x", "y"), Setback("syntax", "SELEC", "?")]
    )
    assert text == (
        "Attempt 1: SELECT x\nProblem (unknown_name): no x\nHint: y\n\nAttempt 2: SELEC\nProblem (syntax): ?"
    )


def test_rows_are_lines_of_json() -> None:
    rows = Rows(
        (RowColumn("day", "date"), RowColumn("sum", "number")), ((date(2026, 3, 9), Decimal("1.50")),)
    )
    assert format_rows(rows) == '["day", "sum"]\n["2026-03-09", 1.5]'


def test_only_the_first_rows_are_told() -> None:
    text = format_rows(Rows(ONE, tuple((n,) for n in range(1000))))
    assert text.splitlines()[-1] == f"[{MAX_ROWS - 1}]"


def test_a_huge_cell_does_not_push_the_others_out() -> None:
    text = format_rows(Rows(ONE, (("x" * 100_000,), ({"deep": ["y" * 5_000]},), (3,))))
    assert json.loads(text.splitlines()[-1]) == [3]


def test_rows_keep_to_their_budget() -> None:
    text = format_rows(Rows(ONE * 30, tuple((("z" * 199),) * 30 for _ in range(20))))
    assert len(text) <= MAX_ROWS_TEXT + 2
    assert text.endswith("…")


def test_a_long_conversation_keeps_its_newest_turns_whole() -> None:
    turns = tuple(
        Turn(
            f"question {n}", f"question {n}", f"reply {n} " + "x" * 590, "answered", sql="SELECT " + "y" * 900
        )
        for n in range(8)
    )
    text = format_conversation(Memory(turns, "Asked: long ago – answered."))
    assert text.startswith("Asked: long ago")
    assert "reply 7" in text
    assert "question 7" in text
    assert "question 0" not in text
    assert len(text) < MAX_CONVERSATION + 2_000


def test_replies_made_from_rows_stay_here_where_rows_may_not_leave() -> None:
    text = format_conversation(MEMORY, lambda _: False)
    assert "There are 12." not in text
    assert "SELECT count(*) FROM customers" in text


def test_each_of_several_questions_is_told_with_its_query() -> None:
    parts = (
        Turn("a and b?", "a?", "", "answered", sql="SELECT 1", row_count=1, result_columns=("a",)),
        Turn("a and b?", "b?", "", "answered", sql="SELECT 2", row_count=3, result_columns=("b",)),
    )
    text = format_conversation(Memory((Turn("a and b?", "a and b?", "Both.", "answered", parts=parts),)))
    assert "Understood as: a?\nSQL: SELECT 1" in text
    assert "Understood as: b?\nSQL: SELECT 2" in text

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from agent.analyst import AnswerContext, Draft, DraftContext, Memory, Turn
from agent.builtin.analyst import BuiltinAnalyst
from agent.builtin.plan.model import ColumnRef, Comparison, Measure, Percentage, Plan
from agent.builtin.schema.model import build_schema
from agent.builtin.suggestions import suggest_follow_ups
from schema_docs.notes.files import read_files
from schema_docs.notes.notes import read_notes
from schema_docs.schema_map import SchemaMap
from schema_docs.search.results import SearchResult
from store.catalog import Catalog, Column, ColumnKind, Table
from store.sample.generator import make_shop
from store.sample.load import NOTES_FILE
from store.targets.target import ColumnProfile

TODAY = date(2026, 11, 21)
KINDS: dict[type, ColumnKind] = {
    bool: "boolean", int: "integer", Decimal: "number", str: "text", date: "date", datetime: "timestamp",
}  # fmt: skip
QUESTIONS = (
    "How many orders were placed last month?",
    "How many orders were placed in 2025?",
    "What is the average order value?",
    "What is the average order value by channel?",
    "Show the revenue by month in 2025.",
    "How many orders are there per status?",
    "Which customers signed up in 2024?",
    "How many customers signed up in the last 30 days?",
    "How many customers are there?",
    "Which product has the highest price?",
    "Show products under 20 euros",
    "Customers who never ordered anything",
    "Which country has the most customers?",
    "Show the e-mails of customers",
    "How many returns were there for each reason?",
    "What percentage of orders were cancelled?",
    "What is the average number of orders per customer?",
    "Who are our oldest customers?",
    "Which suppliers have a rating below 3?",
    "How many carts are abandoned?",
)


def kind_of(values: Sequence[Any]) -> ColumnKind:
    return KINDS[type(next(value for value in values if value is not None))]


def profile_of(column: str, values: Sequence[Any]) -> ColumnProfile:
    counts = Counter(str(value) for value in values if value is not None)
    empty = 1 - counts.total() / len(values)
    return ColumnProfile(column, empty, len(counts), values=tuple(v for v, _ in counts.most_common(20)))


@pytest.fixture(scope="module")
def shop() -> SchemaMap:
    tables, profiles = [], {}
    for table in make_shop():
        values = dict(zip(table.columns, zip(*table.rows, strict=True), strict=True))
        columns = tuple(Column(name, "", kind_of(stored)) for name, stored in values.items())
        tables.append(Table(None, table.name, columns, ("id",), row_estimate=len(table.rows)))
        profiles[table.name] = {name: profile_of(name, stored[:3000]) for name, stored in values.items()}
    catalog = Catalog("postgres", tuple(tables))
    report = read_notes(read_files(NOTES_FILE), catalog)
    return SchemaMap("shop", 1, report.apply_to(catalog), report.notes, profiles)


async def answer(question: str, memory: Memory, schema: SchemaMap) -> Draft | None:
    analyst = BuiltinAnalyst()
    intent = await analyst.understand(question, memory, schema, TODAY)
    if intent.kind != "data":
        return None
    drafted = await analyst.draft(DraftContext(intent, memory, schema, SearchResult(1), TODAY))
    return drafted if isinstance(drafted, Draft) else None


async def suggestions_after(draft: Draft, question: str, schema: SchemaMap) -> tuple[str, ...]:
    analyst = BuiltinAnalyst()
    intent = await analyst.understand(question, Memory(), schema, TODAY)
    return await analyst.suggest(AnswerContext(question, intent, "answered", schema, draft=draft))


@pytest.mark.parametrize("question", QUESTIONS)
async def test_whatever_is_suggested_can_be_answered_and_changes_something(
    question: str, shop: SchemaMap
) -> None:
    draft = await answer(question, Memory(), shop)
    assert draft is not None
    memory = Memory((Turn(question, question, "", "answered", draft.sql, draft.plan),))
    suggested = await suggestions_after(draft, question, shop)
    followed = {suggestion: await answer(suggestion, memory, shop) for suggestion in suggested}
    assert [text for text, after in followed.items() if after is None or after.sql == draft.sql] == []
    assert len(set(suggested)) == len(suggested) <= 3


@pytest.mark.parametrize(
    ("question", "suggestion"),
    [
        ("How many orders were placed in 2025?", "And in 2024?"),
        ("How many orders were placed last month?", "And by day?"),
        ("How many orders are there per status?", "Only the top 3"),
        ("Which product has the highest price?", "Show me its price"),
        ("Which customers signed up in 2024?", "Only those with country Germany"),
    ],
)
async def test_what_follows_on_well_is_suggested(question: str, suggestion: str, shop: SchemaMap) -> None:
    draft = await answer(question, Memory(), shop)
    assert draft is not None
    assert suggestion in await suggestions_after(draft, question, shop)


async def test_what_a_condition_has_fixed_is_not_suggested_as_a_group(shop: SchemaMap) -> None:
    draft = await answer("How many carts are abandoned?", Memory(), shop)
    assert draft is not None
    assert all("status" not in question for question in await suggestions_after(draft, "", shop))


def test_without_a_plan_the_tables_are_suggested(shop: SchemaMap) -> None:
    suggested = suggest_follow_ups(None, build_schema(shop))
    assert len(suggested) == 3
    assert "How many customers are there?" in suggested


def test_nothing_is_suggested_where_nothing_fits(shop: SchemaMap) -> None:
    schema = build_schema(shop)
    share = Plan("orders", (Percentage(Comparison(ColumnRef("orders", "status"), "=", "paid"), "orders"),))
    averaged = Plan(
        "orders",
        (Measure("count", table="orders"),),
        group=(ColumnRef("orders", "channel"),),
        outer_function="avg",
    )
    assert suggest_follow_ups(share, schema) == suggest_follow_ups(averaged, schema) == ()

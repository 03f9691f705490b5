"""A result that holds nothing is looked into."""

from typing import Any

import pytest

from agent.results.empty_results import LiteralFilter, diagnose, is_empty_result, literals_in
from schema_docs.search.results import ValueMatch
from store.access.approved_query import Approved
from tests.fixtures.scripted_analyst import PETS, judge_in_process, make_rows

STORED = ValueMatch("pets", "name", "Manhattan", "MANHATTAN", 0.99)
LITERAL = LiteralFilter("name", "MANHATTAN")


async def approved(sql: str) -> Approved:
    verdict = await judge_in_process(sql, PETS)
    assert isinstance(verdict, Approved), verdict
    return verdict


@pytest.mark.parametrize(
    ("values", "is_empty"),
    [
        ([], True),
        ([(None,)], True),
        ([(0,)], True),
        ([(0,), (0,)], False),
        ([(None, 1)], False),
        ([("",)], False),
    ],
)
def test_nothing_is_no_rows_only_nulls_or_a_lone_zero(values: Any, is_empty: bool) -> None:
    assert (
        is_empty_result(make_rows(["a", "b"] if values and len(values[0]) > 1 else ["a"], values)) is is_empty
    )


@pytest.mark.parametrize(
    ("condition", "texts"),
    [
        ("name = 'Rex'", ["Rex"]),
        ("'Rex' = name", ["Rex"]),
        ("lower(name) = 'rex'", ["rex"]),
        ("name IN ('Rex', 'Bo')", ["Rex", "Bo"]),
        ("name LIKE '%ex%'", ["ex"]),
        ("id = 3", []),
        ("NOT name <> 'Rex'", []),
    ],
)
async def test_the_texts_a_query_looks_for(condition: str, texts: list[str]) -> None:
    literals = literals_in(await approved(f"SELECT id FROM pets WHERE {condition}"))
    assert [literal.text for literal in literals] == texts
    assert {literal.column for literal in literals} <= {"name"}


async def test_the_nearest_stored_value_is_named() -> None:
    query = await approved("SELECT id FROM pets WHERE name = 'MANHATTAN'")
    setback = diagnose(query, [(LITERAL, [STORED])], "SELECT 1")
    assert setback is not None
    assert setback.kind == "empty"
    assert setback.sql == "SELECT 1"
    assert "name = 'MANHATTAN'; similar values: pets.name = 'Manhattan'" in setback.hint


@pytest.mark.parametrize(
    "stored",
    [
        [],
        [ValueMatch("pets", "name", "MANHATTAN", "MANHATTAN", 1.0), STORED],
        [ValueMatch("pets", "name", "Hatton", "MANHATTAN", 0.4)],
    ],
)
async def test_where_nothing_better_is_stored_nothing_is_the_answer(stored: list[ValueMatch]) -> None:
    query = await approved("SELECT id FROM pets WHERE name = 'MANHATTAN'")
    assert diagnose(query, [(LITERAL, stored)], query.sql) is None


@pytest.mark.parametrize("condition", ["lower(name) = 'manhattan'", "name LIKE 'Manh%'", "name LIKE '%hat%'"])
async def test_a_loose_comparison_has_looked_for_it_already(condition: str) -> None:
    query = await approved(f"SELECT id FROM pets WHERE {condition}")
    similar = [(literal, [STORED]) for literal in literals_in(query)]
    assert similar
    assert diagnose(query, similar, query.sql) is None


async def test_a_value_of_another_column_is_named_too() -> None:
    query = await approved("SELECT id FROM pets WHERE name = 'MANHATTAN'")
    elsewhere = ValueMatch("places", "borough", "Manhattan", "MANHATTAN", 1.0)
    setback = diagnose(query, [(LITERAL, [elsewhere])], query.sql)
    assert setback is not None
    assert "places.borough" in setback.hint

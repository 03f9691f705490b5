"""Tests of the `wrong_drafts` fixtures: each corruption is wrong in the way it claims."""

import json
import random
import re

import pytest
import sqlglot
from sqlglot.errors import SqlglotError

from agent.guard.judge import judge
from agent.guard.verdict import Rejected
from store.catalog import Catalog, Column, Table
from tests.fixtures import wrong_drafts
from tests.fixtures.llm.gold_model import GoldTurn, ParsedRequest, draft_reply
from tests.fixtures.wrong_drafts import REPAIRABLE, CorruptEveryDraft, CorruptFirstDrafts, Corruptor

SQL = (
    "SELECT o.city, count(*) FROM pets AS p JOIN owners AS o ON p.owner = o.id "
    "WHERE p.species = 'Cat' GROUP BY o.city"
)
TURN = GoldTurn("q-1", "pets", "How many cats by city?", SQL)
FIRST = ParsedRequest("draft", "How many cats by city?", (), "", is_retry=False)
AGAIN = ParsedRequest("draft", "How many cats by city?", (), "", is_retry=True)
CATALOG = Catalog(
    "sqlite",
    (
        Table(None, "pets", tuple(Column(name, "TEXT", "text") for name in ("id", "owner", "species"))),
        Table(None, "owners", tuple(Column(name, "TEXT", "text") for name in ("id", "city"))),
    ),
)
REFUSED = (
    wrong_drafts.wrong_column,
    wrong_drafts.foreign_column,
    wrong_drafts.wrong_table,
    wrong_drafts.missing_join,
    wrong_drafts.two_statements,
    wrong_drafts.write_statement,
    wrong_drafts.invented_function,
)


def corrupted_text(way: Corruptor) -> str:
    bad = way(SQL, random.Random(1))
    assert bad is not None
    return bad.text


def test_the_right_draft_is_let_through() -> None:
    assert not isinstance(judge(SQL, CATALOG), Rejected)


@pytest.mark.parametrize("way", REFUSED)
def test_what_shows_by_itself_is_not_let_through(way: Corruptor) -> None:
    sql = json.loads(corrupted_text(way))["sql"]
    assert sql != SQL
    assert isinstance(judge(sql, CATALOG), Rejected)


def test_a_value_in_another_case_can_run() -> None:
    sql = json.loads(corrupted_text(wrong_drafts.wrong_case))["sql"]
    assert "'cAT'" in sql
    assert not isinstance(judge(sql, CATALOG), Rejected)


@pytest.mark.parametrize("way", [wrong_drafts.bad_json, wrong_drafts.cut_off])
def test_what_is_no_json_is_none(way: Corruptor) -> None:
    with pytest.raises(json.JSONDecodeError):
        json.loads(corrupted_text(way))


@pytest.mark.parametrize("way", [wrong_drafts.wrapped_in_prose, wrong_drafts.fenced_query])
def test_talk_is_around_the_right_query(way: Corruptor) -> None:
    text = corrupted_text(way)
    assert SQL in text
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)


@pytest.mark.parametrize("way", REPAIRABLE)
def test_a_query_with_nothing_to_spoil_stays_right_or_gets_wrong(way: Corruptor) -> None:
    bad = way("SELECT count(*) FROM pets", random.Random(1))
    assert bad is None or bad.text != draft_reply("SELECT count(*) FROM pets").text


def test_only_first_drafts_are_spoilt_and_by_seed() -> None:
    spoil = CorruptFirstDrafts(share=1.0)
    once, twice = (spoil(TURN, FIRST, random.Random("3")) for _ in range(2))
    assert once is not None
    assert once == twice
    assert spoil(TURN, AGAIN, random.Random("3")) is None
    assert CorruptFirstDrafts(share=0.0)(TURN, FIRST, random.Random("3")) is None
    assert spoil.applied["q-1"] in {way.__name__ for way in REPAIRABLE}


def test_a_stubborn_model_repeats_itself() -> None:
    spoil = CorruptEveryDraft()
    first, again = spoil(TURN, FIRST, random.Random("3")), spoil(TURN, AGAIN, random.Random("3"))
    assert first is not None
    assert again is not None
    assert first.text == again.text


def test_every_query_that_is_spoilt_was_readable() -> None:
    assert not re.search(r"[;`]", SQL)
    try:
        sqlglot.parse_one(SQL, dialect="sqlite")
    except SqlglotError:
        pytest.fail("the right query cannot be read")

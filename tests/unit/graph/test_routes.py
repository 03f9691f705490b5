"""The successor of each node, and the outcome of a question."""

from typing import Any

import pytest

from agent.analyst import Draft, Intent, Setback
from graph.routes import after_analyze, after_execute, after_generate, after_validate, outcome_of
from graph.state import MAX_ROUNDS
from graph.steps.subquestions import NEW_TURN
from store.access.approved_query import Approved

DRAFT = Draft("SELECT 1")
APPROVED = Approved("SELECT 1", "sqlite", ())
UNCLEAR = Intent("unclear", "best?", choices=("a", "b"))


def state(**changed: Any) -> Any:
    return {**NEW_TURN, "question": "q", "database": "pets", "intent": Intent("data", "q"), **changed}


def failed(kind: Any, round: int = 1) -> Any:
    return state(draft=DRAFT, setbacks=[Setback(kind, "SELECT 1", "?")], round=round)


def test_only_questions_about_data_need_a_query() -> None:
    assert after_analyze(state()) == "retrieve"
    assert after_analyze(state(intent=Intent("small_talk", "hello"))) == "answer"
    assert after_analyze(state(unclear=UNCLEAR)) == "analyze"


def test_without_a_draft_another_interpretation_is_retrieved_for() -> None:
    assert after_generate(state()) == "retrieve"
    assert after_generate(state(draft=DRAFT)) == "validate"
    assert after_generate(state(unclear=UNCLEAR)) == "analyze"
    assert after_generate(state(draft=DRAFT, outcome="failed")) == "answer"


@pytest.mark.parametrize(
    ("kind", "round", "successor"),
    [
        ("rejected", 1, "generate"),
        ("rejected", MAX_ROUNDS, "answer"),
        ("timeout", 1, "answer"),
        ("permission", 1, "answer"),
    ],
)
def test_a_setback_leads_to_another_round_unless_that_is_useless(
    kind: str, round: int, successor: str
) -> None:
    assert after_validate(failed(kind, round)) == after_execute(failed(kind, round)) == successor


def test_an_approved_query_is_executed_and_its_rows_answered() -> None:
    assert after_validate(state(draft=DRAFT, verdict=APPROVED)) == "execute"
    assert after_execute(state(draft=DRAFT, verdict=APPROVED, row_count=0)) == "answer"


def test_the_next_question_of_a_message_comes_before_the_answer() -> None:
    assert after_execute(state(row_count=1, pending=["And?"])) == "retrieve"
    assert after_validate(state(outcome="refused", pending=["And?"])) == "retrieve"


@pytest.mark.parametrize(
    ("changed", "outcome"),
    [
        ({"row_count": 2}, "answered"),
        ({"row_count": 0}, "empty"),
        ({}, "failed"),
        ({"outcome": "refused", "row_count": 2}, "refused"),
        ({"intent": Intent("schema", "q")}, "schema_answer"),
        ({"intent": Intent("write", "q")}, "refused"),
    ],
)
def test_the_outcome_follows_from_intent_and_rows(changed: dict[str, Any], outcome: str) -> None:
    assert outcome_of(state(**changed)) == outcome

"""A subquestion of a question comes back from a checkpoint as itself."""

from typing import Any

from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from agent.analyst import Draft, Intent, Setback
from graph.state import CHECKPOINT_TYPES, Subquestion
from graph.steps.candidates_vote import Agreement, Candidate
from graph.steps.subquestions import NEW_TURN, conclude, next_subquestion, start_turn
from store.access.approved_query import Approved


def test_parts_ballots_and_agreements_are_kept() -> None:
    serde = JsonPlusSerializer(allowed_msgpack_modules=CHECKPOINT_TYPES)
    approved = Approved("SELECT 1", "sqlite", ())
    subquestion = Subquestion(
        Intent("data", "q"),
        "answered",
        Draft("SELECT 1"),
        approved,
        row_count=1,
        agreement=Agreement(2, 3),
        setbacks=[Setback("syntax", "SELEC", "?")],
    )
    candidate = Candidate(Draft("SELECT 1"), approved, 1.5)

    back, voted = serde.loads_typed(serde.dumps_typed([subquestion, candidate]))

    assert isinstance(back, Subquestion)
    assert (back.agreement, back.setbacks, back.outcome) == (
        subquestion.agreement,
        subquestion.setbacks,
        "answered",
    )
    assert isinstance(voted, Candidate)
    assert voted.cost == 1.5


DRAFT = Draft("SELECT 1")
RAN = Approved("SELECT 1", "sqlite", ())
EMPTY = Subquestion(Intent("data", "q"), "empty", DRAFT, RAN, row_count=0)


def state(**changed: Any) -> Any:
    return {**NEW_TURN, "question": "q", "database": "pets", "intent": Intent("data", "q"), **changed}


def test_rows_make_an_answer() -> None:
    subquestion = conclude(state(draft=DRAFT, verdict=RAN, row_count=2, round=1))
    assert (subquestion.outcome, subquestion.draft, subquestion.row_count, subquestion.round) == (
        "answered",
        DRAFT,
        2,
        1,
    )


def test_what_ran_and_brought_nothing_stands_where_the_rest_failed() -> None:
    failed = state(draft=Draft("SELECT 2"), outcome="failed", empty_result=EMPTY, round=2)
    assert conclude(failed).outcome == "empty"
    assert conclude(failed).draft == DRAFT
    assert conclude(failed).round == 2


def test_something_better_replaces_it() -> None:
    assert conclude(state(draft=DRAFT, verdict=RAN, row_count=2, empty_result=EMPTY)).outcome == "answered"


def test_one_question_is_taken_up_as_it_is() -> None:
    intent = Intent("data", "q", plan=("a", "b"))
    assert start_turn(intent)["intent"] == intent
    assert start_turn(intent)["pending"] == []


def test_of_several_questions_the_first_is_taken_up() -> None:
    update = start_turn(Intent("data", "q and r", parts=("q", "r"), plan=("a", "b")))
    assert update["intent"].question == "q"
    assert update["intent"].plan == ()
    assert update["pending"] == ["r"]


def test_the_next_question_begins_afresh() -> None:
    setback = Setback("syntax", "SELEC", "?")
    failed = state(outcome="failed", setbacks=[setback], pending=["r"], round=3, draft=DRAFT)
    update = next_subquestion(failed)
    assert update["intent"].question == "r"
    assert (update["pending"], update["setbacks"], update["round"], update["outcome"]) == ([], [], 0, None)
    assert update["finished"][0].setbacks == [setback]

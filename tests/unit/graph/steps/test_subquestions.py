"""A part of a question comes back from a checkpoint as itself."""

from typing import Any

from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from agent.analyst import Draft, Intent, Setback
from graph.state import KEPT, Part
from graph.steps.candidates_vote import Agreement, Ballot
from graph.steps.subquestions import FRESH, begin, next_part, settle
from store.access.approved_query import Approved


def test_parts_ballots_and_agreements_are_kept() -> None:
    serde = JsonPlusSerializer(allowed_msgpack_modules=KEPT)
    approved = Approved("SELECT 1", "sqlite", ())
    part = Part(
        Intent("data", "q"),
        "answered",
        Draft("SELECT 1"),
        approved,
        row_count=1,
        agreement=Agreement(2, 3),
        setbacks=[Setback("syntax", "SELEC", "?")],
    )
    ballot = Ballot(Draft("SELECT 1"), approved, 1.5)

    back, voted = serde.loads_typed(serde.dumps_typed([part, ballot]))

    assert isinstance(back, Part)
    assert (back.agreement, back.setbacks, back.outcome) == (part.agreement, part.setbacks, "answered")
    assert isinstance(voted, Ballot)
    assert voted.cost == 1.5


DRAFT = Draft("SELECT 1")
RAN = Approved("SELECT 1", "sqlite", ())
HOLLOW = Part(Intent("data", "q"), "empty", DRAFT, RAN, row_count=0)


def state(**changed: Any) -> Any:
    return {**FRESH, "question": "q", "database": "pets", "intent": Intent("data", "q"), **changed}


def test_rows_make_an_answer() -> None:
    part = settle(state(draft=DRAFT, verdict=RAN, row_count=2, round=1))
    assert (part.outcome, part.draft, part.row_count, part.round) == ("answered", DRAFT, 2, 1)


def test_what_ran_and_brought_nothing_stands_where_the_rest_failed() -> None:
    failed = state(draft=Draft("SELECT 2"), outcome="failed", hollow=HOLLOW, round=2)
    assert settle(failed).outcome == "empty"
    assert settle(failed).draft == DRAFT
    assert settle(failed).round == 2


def test_something_better_replaces_it() -> None:
    assert settle(state(draft=DRAFT, verdict=RAN, row_count=2, hollow=HOLLOW)).outcome == "answered"


def test_one_question_is_taken_up_as_it_is() -> None:
    intent = Intent("data", "q", plan=("a", "b"))
    assert begin(intent)["intent"] == intent
    assert begin(intent)["ahead"] == []


def test_of_several_questions_the_first_is_taken_up() -> None:
    update = begin(Intent("data", "q and r", parts=("q", "r"), plan=("a", "b")))
    assert update["intent"].question == "q"
    assert update["intent"].plan == ()
    assert update["ahead"] == ["r"]


def test_the_next_question_begins_afresh() -> None:
    setback = Setback("syntax", "SELEC", "?")
    done = state(outcome="failed", setbacks=[setback], ahead=["r"], round=3, draft=DRAFT)
    update = next_part(done)
    assert update["intent"].question == "r"
    assert (update["ahead"], update["setbacks"], update["round"], update["outcome"]) == ([], [], 0, None)
    assert update["done"][0].setbacks == [setback]

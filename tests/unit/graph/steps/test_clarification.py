"""A person is asked once, with choices, where the operator wants it."""

from typing import Any

import pytest

from agent.analyst import Intent
from graph.steps.clarification import ClarificationPolicy, take_default
from graph.steps.subquestions import NEW_TURN

UNCLEAR = Intent("unclear", "best?", "By what?", ("By sum?", "By count?"), default_choice="By sum?")


def state(**changed: Any) -> Any:
    return {**NEW_TURN, "intent": Intent("data", "best?"), **changed}


def test_a_person_is_asked_the_first_time() -> None:
    assert ClarificationPolicy("ask").ask_back(UNCLEAR, clarified=False) == {"unclear": UNCLEAR}
    assert ClarificationPolicy("ask").resolve(UNCLEAR, clarified=False) == UNCLEAR


@pytest.mark.parametrize(("clarify", "clarified"), [("ask", True), ("never", False)])
def test_otherwise_the_likeliest_is_taken(clarify: Any, clarified: bool) -> None:
    assert ClarificationPolicy(clarify).ask_back(UNCLEAR, clarified) == {}
    assert ClarificationPolicy(clarify).resolve(UNCLEAR, clarified).question == "By sum?"


def test_a_single_unsure_reading_is_not_taken_where_the_person_can_be_asked() -> None:
    unsure = Intent("unclear", "best?", "By sum?", ("By sum?",), default_choice="By sum?")
    assert ClarificationPolicy("ask").resolve(unsure, clarified=False) == unsure
    assert ClarificationPolicy("never").resolve(unsure, clarified=False).question == "By sum?"


def test_who_names_no_likeliest_reading_stays_unclear() -> None:
    vague = Intent("unclear", "best?", choices=("a", "b"))
    assert ClarificationPolicy("never").resolve(vague, clarified=False) == vague


def test_a_reading_is_taken_once_while_drafting() -> None:
    first = ClarificationPolicy("never").update_for(UNCLEAR, state())
    assert (first["intent"].kind, first["default_taken"], first["round"]) == ("data", True, 0)
    again = ClarificationPolicy("never").update_for(UNCLEAR, state(default_taken=True))
    assert again["intent"] == UNCLEAR


def test_no_part_of_several_questions_is_asked_back() -> None:
    update = ClarificationPolicy("ask").update_for(UNCLEAR, state(pending=["And?"]))
    assert "unclear" not in update
    assert update["intent"].question == "By sum?"


def test_the_likeliest_reading_becomes_the_question() -> None:
    taken = take_default(UNCLEAR)
    assert (taken.kind, taken.question, taken.reply, taken.choices) == ("data", "By sum?", None, ())


def test_it_is_said_that_a_choice_was_made() -> None:
    assert take_default(UNCLEAR).assumptions == ("Taken as “By sum?”; it could also mean “By count?”.",)


def test_the_only_reading_has_no_others() -> None:
    only = Intent("unclear", "best?", choices=("By sum?",), default_choice="By sum?")
    assert take_default(only).assumptions == ("Taken as “By sum?”.",)

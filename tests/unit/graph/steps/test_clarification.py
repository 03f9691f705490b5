"""A person is asked once, with choices, where the operator wants it."""

from typing import Any

import pytest

from agent.analyst import Intent
from graph.steps.clarification import Readings, take_likeliest
from graph.steps.subquestions import FRESH

UNCLEAR = Intent("unclear", "best?", "By what?", ("By sum?", "By count?"), likeliest="By sum?")


def state(**changed: Any) -> Any:
    return {**FRESH, "intent": Intent("data", "best?"), **changed}


def test_a_person_is_asked_the_first_time() -> None:
    assert Readings("ask").asked_back(UNCLEAR, clarified=False) == {"unclear": UNCLEAR}
    assert Readings("ask").decided(UNCLEAR, clarified=False) == UNCLEAR


@pytest.mark.parametrize(("clarify", "clarified"), [("ask", True), ("never", False)])
def test_otherwise_the_likeliest_is_taken(clarify: Any, clarified: bool) -> None:
    assert Readings(clarify).asked_back(UNCLEAR, clarified) == {}
    assert Readings(clarify).decided(UNCLEAR, clarified).question == "By sum?"


def test_a_single_unsure_reading_is_not_taken_where_the_person_can_be_asked() -> None:
    unsure = Intent("unclear", "best?", "By sum?", ("By sum?",), likeliest="By sum?")
    assert Readings("ask").decided(unsure, clarified=False) == unsure
    assert Readings("never").decided(unsure, clarified=False).question == "By sum?"


def test_who_names_no_likeliest_reading_stays_unclear() -> None:
    vague = Intent("unclear", "best?", choices=("a", "b"))
    assert Readings("never").decided(vague, clarified=False) == vague


def test_a_reading_is_taken_once_while_drafting() -> None:
    first = Readings("never").back_to_the_question(UNCLEAR, state())
    assert (first["intent"].kind, first["decided"], first["round"]) == ("data", True, 0)
    again = Readings("never").back_to_the_question(UNCLEAR, state(decided=True))
    assert again["intent"] == UNCLEAR


def test_no_part_of_several_questions_is_asked_back() -> None:
    update = Readings("ask").back_to_the_question(UNCLEAR, state(ahead=["And?"]))
    assert "unclear" not in update
    assert update["intent"].question == "By sum?"


def test_the_likeliest_reading_becomes_the_question() -> None:
    taken = take_likeliest(UNCLEAR)
    assert (taken.kind, taken.question, taken.reply, taken.choices) == ("data", "By sum?", None, ())


def test_it_is_said_that_a_choice_was_made() -> None:
    assert take_likeliest(UNCLEAR).assumptions == ("Taken as “By sum?”; it could also mean “By count?”.",)


def test_the_only_reading_has_no_others() -> None:
    only = Intent("unclear", "best?", choices=("By sum?",), likeliest="By sum?")
    assert take_likeliest(only).assumptions == ("Taken as “By sum?”.",)

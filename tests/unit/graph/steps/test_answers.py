"""Answers to messages with several questions."""

from dataclasses import dataclass
from typing import Any

from langgraph.types import Command

from agent.analyst import Draft, Intent
from graph.events import Evidence, RowBatch, TextDelta
from graph.steps.answers import narrate_all
from store.rows import Rows
from tests.fixtures.assistants import THREAD, run_turn, scripted_assistant
from tests.fixtures.llm.contexts import answer_context
from tests.fixtures.scripted_analyst import ScriptedAnalyst, ScriptedTarget, make_rows

QUESTION: Any = {"question": "Which pets are there?", "database": "pets"}
RIGHT, WRONG, ALSO = "SELECT name FROM pets", "SELECT id FROM pets", "SELECT name FROM pets WHERE 1 = 1"
SEVERAL = Intent(
    "data", "Which pets, and which ids?", parts=("Which pets are there?", "Which ids are there?")
)


@dataclass
class ByQuery(ScriptedTarget):
    """Gives other rows for the wrong query."""

    async def run(self, approved: Any, limits: Any) -> Rows:
        self.executed.append(approved.sql)
        return make_rows(["x"], [("1",) if "id" in approved.sql else ("Rex",)])


def only(events: list[Any], kind: type) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


async def test_several_questions_are_answered_in_order_and_together() -> None:
    analyst = ScriptedAnalyst(intents=[SEVERAL], drafts=[Draft(RIGHT), Draft(WRONG)])
    target = ScriptedTarget([make_rows(["name"], [("Rex",)]), make_rows(["id"], [("1",)])])
    assistant = scripted_assistant(analyst, target)

    events = await run_turn(assistant, QUESTION)

    assert [(event.part, event.rows) for event in only(events, RowBatch)] == [
        (1, (("Rex",),)),
        (2, (("1",),)),
    ]
    assert [story.rows and story.rows.values for story in analyst.answer_contexts] == [(("Rex",),), (("1",),)]
    said = "".join(event.text for event in only(events, TextDelta))
    assert said == "1. Which pets are there?\nHere you are.\n\n2. Which ids are there?\nHere you are."
    evidence = only(events, Evidence)[0]
    assert [part["row_count"] for part in evidence.parts] == [1, 1]
    turns = (await assistant.graph.aget_state(THREAD)).values["memory"].turns
    assert len(turns) == 1
    assert [part.standalone for part in turns[0].parts] == list(SEVERAL.parts)


async def test_one_question_of_several_that_fails_spoils_no_other() -> None:
    bad = [Draft(f"DELETE FROM pets WHERE id = {number}") for number in range(3)]
    analyst = ScriptedAnalyst(intents=[SEVERAL], drafts=[*bad, Draft(RIGHT)])

    events = await run_turn(scripted_assistant(analyst), QUESTION)

    assert [story.outcome for story in analyst.answer_contexts] == ["failed", "answered"]
    assert only(events, Evidence)[0].outcome == "answered"


async def test_rows_lost_while_a_person_was_asked_are_read_again() -> None:
    analyst = ScriptedAnalyst(intents=[SEVERAL], drafts=[Draft(RIGHT), Draft(WRONG)])
    target = ByQuery()
    assistant = scripted_assistant(analyst, target, approve="always")

    await run_turn(assistant, QUESTION)
    for _ in range(2):
        waiting = (await assistant.graph.aget_state(THREAD)).interrupts[0]
        await run_turn(assistant, Command(resume={waiting.id: {"decision": "approve"}}))

    assert [story.rows and story.rows.values for story in analyst.answer_contexts] == [(("Rex",),), (("1",),)]


async def test_a_part_is_never_asked_back() -> None:
    unclear = Intent("unclear", "Rex?", reply="Which one?", choices=("the dog", "the cat"))
    analyst = ScriptedAnalyst(intents=[SEVERAL], drafts=[unclear, Draft(RIGHT)])
    assistant = scripted_assistant(analyst)

    await run_turn(assistant, QUESTION)

    assert not (await assistant.graph.aget_state(THREAD)).interrupts
    assert [story.outcome for story in analyst.answer_contexts] == ["unclear", "answered"]


async def test_one_question_is_answered_without_a_heading() -> None:
    assert [piece async for piece in narrate_all(ScriptedAnalyst(), [answer_context()])] == [
        "Here ",
        "you are.",
    ]


async def test_several_are_answered_in_order_each_under_its_question() -> None:
    reply = "".join(
        [piece async for piece in narrate_all(ScriptedAnalyst(), [answer_context(), answer_context()])]
    )
    assert reply == (
        "1. How many customers are there?\nHere you are.\n\n2. How many customers are there?\nHere you are."
    )

"""A whole turn through the six nodes."""

from typing import Any

import pytest

from agent.analyst import Draft, Intent
from store.errors import QueryFailed
from tests.fixtures.assistants import THREAD, run_turn, scripted_assistant
from tests.fixtures.scripted_analyst import ScriptedAnalyst, ScriptedTarget, make_rows

GOOD = Draft(sql="SELECT name FROM pets", reading="the names of all pets")
QUESTION: Any = {"question": "Which pets are there?", "database": "pets"}


def names(events: list[Any]) -> list[str]:
    return [type(event).__name__ for event in events if type(event).__name__ != "StepProgress"]


async def test_a_question_goes_through_all_six_nodes() -> None:
    assistant = scripted_assistant(ScriptedAnalyst(drafts=[GOOD]))

    events = await run_turn(assistant, QUESTION)

    finished = [event.node for event in events if getattr(event, "status", "") == "finished"]
    assert finished == ["analyze", "retrieve", "generate", "validate", "execute", "answer"]
    assert names(events) == [
        "RetrievedContext", "DraftWritten", "Verdict", "RowBatch", "TextDelta", "TextDelta", "Evidence",
        "Suggestions"
    ]  # fmt: skip


async def test_a_rejected_draft_is_written_anew_with_the_reason() -> None:
    analyst = ScriptedAnalyst(drafts=[Draft(sql="DELETE FROM pets"), GOOD])

    events = await run_turn(scripted_assistant(analyst), QUESTION)

    assert [event.approved for event in events if type(event).__name__ == "Verdict"] == [False, True]
    assert analyst.draft_contexts[1].setbacks[0].kind == "rejected"


async def test_a_write_never_reaches_the_target() -> None:
    target = ScriptedTarget()
    analyst = ScriptedAnalyst(drafts=[Draft(sql=f"DELETE FROM pets WHERE id = {n}") for n in range(3)])

    await run_turn(scripted_assistant(analyst, target), QUESTION)

    assert target.executed == []
    assert analyst.answer_contexts[0].outcome == "failed"


async def test_a_failed_query_is_repaired_once() -> None:
    failure = QueryFailed("SELECT name FROM pets", "unknown_name", "no such column")
    analyst = ScriptedAnalyst(drafts=[GOOD, Draft(sql="SELECT id FROM pets")])

    await run_turn(scripted_assistant(analyst, ScriptedTarget([failure])), QUESTION)

    assert analyst.draft_contexts[1].setbacks[0].reason == "no such column"
    assert analyst.answer_contexts[0].outcome == "answered"


async def test_a_timeout_is_not_tried_again() -> None:
    analyst = ScriptedAnalyst(drafts=[GOOD])

    await run_turn(
        scripted_assistant(analyst, ScriptedTarget([QueryFailed(GOOD.sql, "timeout", "too slow")])), QUESTION
    )

    assert analyst.answer_contexts[0].outcome == "failed"


async def test_no_rows_is_an_ending_of_its_own() -> None:
    analyst = ScriptedAnalyst(drafts=[GOOD])

    await run_turn(scripted_assistant(analyst, ScriptedTarget([make_rows(["name"], [])])), QUESTION)

    assert analyst.answer_contexts[0].outcome == "empty"


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [("schema", "schema_answer"), ("small_talk", "small_talk"), ("write", "refused"), ("unclear", "unclear")],
)
async def test_what_needs_no_query_goes_straight_to_the_words(kind: Any, outcome: str) -> None:
    analyst = ScriptedAnalyst(intents=[Intent(kind, "hm", reply="So.")])

    events = await run_turn(scripted_assistant(analyst), QUESTION)

    assert analyst.answer_contexts[0].outcome == outcome
    assert [event.node for event in events if getattr(event, "status", "") == "started"] == [
        "analyze",
        "answer",
    ]


async def test_the_next_turn_remembers_this_one_but_not_its_rows() -> None:
    analyst = ScriptedAnalyst(drafts=[GOOD, GOOD])
    assistant = scripted_assistant(analyst)

    await run_turn(assistant, QUESTION)
    await run_turn(assistant, {"question": "And now?", "database": "pets"})

    remembered = analyst.memories[1].turns[0]
    assert (remembered.sql, remembered.row_count) == (GOOD.sql, 1)
    assert "Rex" not in str((await assistant.graph.aget_state(THREAD)).values)


async def test_a_stored_conversation_does_not_grow_for_ever() -> None:
    analyst = ScriptedAnalyst(drafts=[GOOD] * 40)
    assistant = scripted_assistant(analyst)
    for _ in range(40):
        await run_turn(assistant, QUESTION)

    memory = (await assistant.graph.aget_state(THREAD)).values["memory"]
    assert len(memory.turns) == 8
    assert len(memory.summary) <= 1_500

"""Approval of queries by a person."""

from typing import Any

from langgraph.types import Command

from agent.analyst import Draft
from tests.fixtures.assistants import THREAD, run_turn, scripted_assistant
from tests.fixtures.scripted_analyst import ScriptedAnalyst, ScriptedTarget

GOOD = Draft(sql="SELECT name FROM pets", reading="the names of all pets")
QUESTION: Any = {"question": "Which pets are there?", "database": "pets"}


async def test_a_person_approves_a_query_before_it_runs() -> None:
    target = ScriptedTarget()
    assistant = scripted_assistant(ScriptedAnalyst(drafts=[GOOD]), target, approve="always")

    await run_turn(assistant, QUESTION)
    waiting = (await assistant.graph.aget_state(THREAD)).interrupts[0]
    ran_before = list(target.executed)
    await run_turn(assistant, Command(resume={waiting.id: {"decision": "approve"}}))

    assert waiting.value["sql"] == "SELECT pets.name FROM pets" or waiting.value["sql"].startswith("SELECT")
    assert ran_before == []
    assert len(target.executed) == 1


async def test_a_refused_query_does_not_run() -> None:
    target = ScriptedTarget()
    analyst = ScriptedAnalyst(drafts=[GOOD])
    assistant = scripted_assistant(analyst, target, approve="always")

    await run_turn(assistant, QUESTION)
    waiting = (await assistant.graph.aget_state(THREAD)).interrupts[0]
    await run_turn(assistant, Command(resume={waiting.id: {"decision": "refuse"}}))

    assert target.executed == []
    assert analyst.answer_contexts[0].outcome == "refused"


async def test_an_edited_query_is_judged_too() -> None:
    target = ScriptedTarget()
    assistant = scripted_assistant(ScriptedAnalyst(drafts=[GOOD]), target, approve="always")

    await run_turn(assistant, QUESTION)
    first = (await assistant.graph.aget_state(THREAD)).interrupts[0]
    await run_turn(assistant, Command(resume={first.id: {"decision": "edit", "sql": "DROP TABLE pets"}}))
    second = (await assistant.graph.aget_state(THREAD)).interrupts[0]
    await run_turn(assistant, Command(resume={second.id: {"decision": "edit", "sql": "SELECT id FROM pets"}}))

    assert "may not run" in second.value["reason"]
    assert len(target.executed) == 1
    assert "id" in target.executed[0]

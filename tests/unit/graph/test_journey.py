from datetime import date
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from agent.analyst import Draft, Intent
from graph.build import Graph, build_graph
from graph.nodes import Nodes
from graph.ports import Policy
from graph.steps.query_cache import Recall
from store.errors import QueryFailed
from store.rows import Limits
from tests.fakes import OneMap, ScriptedAnalyst, ScriptedTarget, judged, rows_of

GOOD = Draft(sql="SELECT name FROM pets", reading="the names of all pets")
THREAD: Any = {"configurable": {"thread_id": "1"}}
QUESTION: Any = {"question": "Which pets are there?", "database": "pets"}


def journey(
    analyst: ScriptedAnalyst,
    target: ScriptedTarget | None = None,
    library: OneMap | None = None,
    recall: Recall | None = None,
    **policy: Any,
) -> Graph:
    nodes = Nodes(
        analyst=analyst,
        library=library or OneMap(),
        targets=target or ScriptedTarget(),
        judge=judged,
        policy=Policy(limits=Limits(), **policy),
        today=lambda: date(2026, 11, 21),
        recall=recall or Recall(),
    )
    return build_graph(nodes, InMemorySaver())


async def follow(graph: Graph, given: Any) -> list[Any]:
    parts = graph.astream(given, THREAD, stream_mode=["custom"], durability="exit", version="v2")
    return [part["data"] async for part in parts]


def names(events: list[Any]) -> list[str]:
    return [type(event).__name__ for event in events if type(event).__name__ != "Step"]


async def test_a_question_goes_through_all_six_nodes() -> None:
    graph = journey(ScriptedAnalyst(drafts=[GOOD]))

    events = await follow(graph, QUESTION)

    finished = [event.node for event in events if getattr(event, "status", "") == "finished"]
    assert finished == ["analyze", "retrieve", "generate", "validate", "execute", "answer"]
    assert names(events) == [
        "Context", "Drafted", "Judged", "RowsArrived", "Said", "Said", "Evidence", "Suggestions"
    ]  # fmt: skip


async def test_a_rejected_draft_is_written_anew_with_the_reason() -> None:
    analyst = ScriptedAnalyst(drafts=[Draft(sql="DELETE FROM pets"), GOOD])

    events = await follow(journey(analyst), QUESTION)

    assert [event.approved for event in events if type(event).__name__ == "Judged"] == [False, True]
    assert analyst.tasks[1].setbacks[0].kind == "rejected"


async def test_a_write_never_reaches_the_target() -> None:
    target = ScriptedTarget()
    analyst = ScriptedAnalyst(drafts=[Draft(sql=f"DELETE FROM pets WHERE id = {n}") for n in range(3)])

    await follow(journey(analyst, target), QUESTION)

    assert target.ran == []
    assert analyst.stories[0].outcome == "failed"


async def test_a_failed_query_is_repaired_once() -> None:
    failure = QueryFailed("SELECT name FROM pets", "unknown_name", "no such column")
    analyst = ScriptedAnalyst(drafts=[GOOD, Draft(sql="SELECT id FROM pets")])

    await follow(journey(analyst, ScriptedTarget([failure])), QUESTION)

    assert analyst.tasks[1].setbacks[0].reason == "no such column"
    assert analyst.stories[0].outcome == "answered"


async def test_a_timeout_is_not_tried_again() -> None:
    analyst = ScriptedAnalyst(drafts=[GOOD])

    await follow(journey(analyst, ScriptedTarget([QueryFailed(GOOD.sql, "timeout", "too slow")])), QUESTION)

    assert analyst.stories[0].outcome == "failed"


async def test_the_same_draft_twice_ends_the_turn() -> None:
    analyst = ScriptedAnalyst(drafts=[Draft(sql="SELECT totl FROM pets"), Draft(sql="SELECT totl FROM pets")])

    await follow(journey(analyst), QUESTION)

    assert analyst.stories[0].outcome == "failed"
    assert len(analyst.tasks) == 2


async def test_no_rows_is_an_ending_of_its_own() -> None:
    analyst = ScriptedAnalyst(drafts=[GOOD])

    await follow(journey(analyst, ScriptedTarget([rows_of(["name"], [])])), QUESTION)

    assert analyst.stories[0].outcome == "empty"


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [("schema", "described"), ("smalltalk", "chatted"), ("write", "refused"), ("unclear", "unclear")],
)
async def test_what_needs_no_query_goes_straight_to_the_words(kind: Any, outcome: str) -> None:
    analyst = ScriptedAnalyst(intents=[Intent(kind, "hm", reply="So.")])

    events = await follow(journey(analyst), QUESTION)

    assert analyst.stories[0].outcome == outcome
    assert [event.node for event in events if getattr(event, "status", "") == "started"] == [
        "analyze",
        "answer",
    ]


async def test_an_unclear_question_is_asked_back_and_the_answer_understood() -> None:
    unclear = Intent("unclear", "Rex?", reply="Which one?", choices=("the dog", "the cat"))
    analyst = ScriptedAnalyst(intents=[unclear, Intent("data", "the dog Rex")], drafts=[GOOD])
    graph = journey(analyst)

    await follow(graph, QUESTION)
    waiting = (await graph.aget_state(THREAD)).interrupts[0]
    await follow(graph, Command(resume={waiting.id: "the dog"}))

    assert waiting.value == {
        "kind": "clarify",
        "question": "Which one?",
        "choices": ["the dog", "the cat"],
        "default": "the dog",
    }
    assert analyst.asked == ["Which pets are there?", "the dog"]
    assert analyst.memories[1].turns[-1].reply == "Which one?"
    assert analyst.stories[0].outcome == "answered"


async def test_what_is_found_unclear_while_drafting_is_asked_back_once() -> None:
    unclear = Intent("unclear", "Rex?", reply="Which one?", choices=("the dog", "the cat"))
    analyst = ScriptedAnalyst(drafts=[unclear, unclear])
    graph = journey(analyst)

    await follow(graph, QUESTION)
    waiting = (await graph.aget_state(THREAD)).interrupts[0]
    await follow(graph, Command(resume={waiting.id: "the dog"}))

    assert analyst.stories[0].outcome == "unclear"


async def test_a_new_question_gives_up_on_the_one_that_waits() -> None:
    unclear = Intent("unclear", "Rex?", reply="Which one?", choices=("the dog", "the cat"))
    analyst = ScriptedAnalyst(intents=[unclear, Intent("data", "all")], drafts=[GOOD])
    graph = journey(analyst)

    await follow(graph, QUESTION)
    await follow(graph, QUESTION)

    assert analyst.stories[0].outcome == "answered"
    assert (await graph.aget_state(THREAD)).interrupts == ()


async def test_nobody_is_asked_where_the_operator_says_never() -> None:
    unclear = Intent("unclear", "Rex?", reply="Which one?", choices=("the dog", "the cat"))
    analyst = ScriptedAnalyst(intents=[unclear])

    await follow(journey(analyst, clarify="never"), QUESTION)

    assert analyst.stories[0].outcome == "unclear"


async def test_a_person_approves_a_query_before_it_runs() -> None:
    target = ScriptedTarget()
    graph = journey(ScriptedAnalyst(drafts=[GOOD]), target, approve="always")

    await follow(graph, QUESTION)
    waiting = (await graph.aget_state(THREAD)).interrupts[0]
    ran_before = list(target.ran)
    await follow(graph, Command(resume={waiting.id: {"decision": "approve"}}))

    assert waiting.value["sql"] == "SELECT pets.name FROM pets" or waiting.value["sql"].startswith("SELECT")
    assert ran_before == []
    assert len(target.ran) == 1


async def test_a_refused_query_does_not_run() -> None:
    target = ScriptedTarget()
    analyst = ScriptedAnalyst(drafts=[GOOD])
    graph = journey(analyst, target, approve="always")

    await follow(graph, QUESTION)
    waiting = (await graph.aget_state(THREAD)).interrupts[0]
    await follow(graph, Command(resume={waiting.id: {"decision": "refuse"}}))

    assert target.ran == []
    assert analyst.stories[0].outcome == "refused"


async def test_an_edited_query_is_judged_too() -> None:
    target = ScriptedTarget()
    graph = journey(ScriptedAnalyst(drafts=[GOOD]), target, approve="always")

    await follow(graph, QUESTION)
    first = (await graph.aget_state(THREAD)).interrupts[0]
    await follow(graph, Command(resume={first.id: {"decision": "edit", "sql": "DROP TABLE pets"}}))
    second = (await graph.aget_state(THREAD)).interrupts[0]
    await follow(graph, Command(resume={second.id: {"decision": "edit", "sql": "SELECT id FROM pets"}}))

    assert "may not run" in second.value["reason"]
    assert len(target.ran) == 1
    assert "id" in target.ran[0]


async def test_the_next_turn_remembers_this_one_but_not_its_rows() -> None:
    analyst = ScriptedAnalyst(drafts=[GOOD, GOOD])
    graph = journey(analyst)

    await follow(graph, QUESTION)
    await follow(graph, {"question": "And now?", "database": "pets"})

    remembered = analyst.memories[1].turns[0]
    assert (remembered.sql, remembered.row_count) == (GOOD.sql, 1)
    assert "Rex" not in str((await graph.aget_state(THREAD)).values)


async def test_a_stored_conversation_does_not_grow_for_ever() -> None:
    analyst = ScriptedAnalyst(drafts=[GOOD] * 40)
    graph = journey(analyst)
    for _ in range(40):
        await follow(graph, QUESTION)

    memory = (await graph.aget_state(THREAD)).values["memory"]
    assert len(memory.turns) == 8
    assert len(memory.summary) <= 1_500

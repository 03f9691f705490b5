"""The built-in analyst asks back through the graph, and answers what was chosen."""

from datetime import date
from typing import Any

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.types import Command

from agent.builtin.analyst import BuiltinAnalyst
from graph.build import Graph, build_graph
from graph.events import Drafted, Evidence
from graph.nodes import Nodes
from graph.ports import Policy
from graph.state import KEPT
from store.rows import Limits
from tests.fakes import OneMap, ScriptedTarget, judged, rows_of
from tests.speaking import SHOP

THREAD: Any = {"configurable": {"thread_id": "1"}}
# What the two readings bring: customers by name, or how many there are.
BROUGHT = (rows_of(["first_name", "last_name"], [("Ada", "Hill")]), rows_of(["count"], [(3,)]))
QUESTION: Any = {"question": "customers who complained", "database": "shop"}


def journey(target: ScriptedTarget, **policy: Any) -> Graph:
    nodes = Nodes(
        analyst=BuiltinAnalyst(),
        library=OneMap(SHOP.map.catalog),
        targets=target,
        judge=judged,
        policy=Policy(limits=Limits(), **policy),
        today=lambda: date(2026, 11, 21),
    )
    saver = InMemorySaver(serde=JsonPlusSerializer(allowed_msgpack_modules=KEPT))
    return build_graph(nodes, saver)


async def follow(graph: Graph, given: Any) -> list[Any]:
    parts = graph.astream(given, THREAD, stream_mode=["custom"], durability="exit", version="v2")
    return [part["data"] async for part in parts]


async def asked_back(graph: Graph) -> dict[str, Any]:
    await follow(graph, QUESTION)
    [waiting] = (await graph.aget_state(THREAD)).interrupts
    return dict(waiting.value)


async def test_what_was_chosen_is_what_runs() -> None:
    for place in (0, 1):
        target = ScriptedTarget([BROUGHT[place]])
        graph = journey(target)
        request = await asked_back(graph)
        assert "complained" in request["question"]

        events = await follow(graph, Command(resume=request["choices"][place]))

        [draft] = [event for event in events if isinstance(event, Drafted)]
        assert draft.reading.lower() == request["choices"][place].lower()
        assert len(target.ran) == 1


async def test_the_choices_lead_to_different_queries() -> None:
    ran = set()
    for place in (0, 1):
        target = ScriptedTarget([BROUGHT[place]])
        graph = journey(target)
        request = await asked_back(graph)
        await follow(graph, Command(resume=request["choices"][place]))
        ran |= set(target.ran)

    assert len(ran) == 2


async def test_where_nobody_is_asked_the_likeliest_is_taken_and_said() -> None:
    target = ScriptedTarget([BROUGHT[0]])
    events = await follow(journey(target, clarify="never"), QUESTION)

    [evidence] = [event for event in events if isinstance(event, Evidence)]
    assert len(target.ran) == 1
    assert any("complained" in assumption for assumption in evidence.assumptions)
    assert any("could also mean" in assumption for assumption in evidence.assumptions)

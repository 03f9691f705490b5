"""Contexts of steps, and the routing of nodes."""

from typing import Any, cast

from langgraph.runtime import Runtime

from agent.analyst import Intent
from graph.build import build_graph, with_route
from graph.nodes import Nodes
from graph.ports import RunConfig
from graph.run_context import RunContext
from graph.state import State, Update
from store.rows import Limits
from tests.fixtures.assistants import THREAD, memory_saver, scripted_assistant
from tests.fixtures.scripted_analyst import ScriptedAnalyst

UNCLEAR = Intent("unclear", "best?", choices=("a", "b"))


async def test_without_a_given_context_each_step_asks_for_one() -> None:
    analyst = ScriptedAnalyst(intents=[Intent("small_talk", "hello", reply="Hi.")])
    events: list[Any] = []
    context = await scripted_assistant(analyst).contexts.create("pets", None, events.append)
    databases: list[str] = []

    async def context_of(state: State) -> RunContext:
        databases.append(state["database"])
        return context

    graph = build_graph(Nodes(analyst, RunConfig(Limits())), memory_saver(), context_of)
    await graph.ainvoke({"question": "hello", "database": "pets"}, THREAD)

    assert databases == ["pets", "pets"]
    started = [event.node for event in events if getattr(event, "status", "") == "started"]
    assert started == ["analyze", "answer"]


async def test_a_route_sees_the_update_and_no_expired_field() -> None:
    async def clarify(state: State, runtime: Runtime[RunContext]) -> Update:
        return {"clarified": True}

    def route(state: State) -> str:
        return f"{state['clarified']} {state.get('unclear')}"

    node = with_route(clarify, route, ["unclear"])
    command = await node(cast(State, {"clarified": False, "unclear": UNCLEAR}), cast(Any, None))
    assert command.goto == "True None"
    assert command.update == {"clarified": True}

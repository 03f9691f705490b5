"""The journey, drawn once: six nodes, one loop, one exit."""

from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any, cast, get_args, get_type_hints

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command, RetryPolicy

from agent.llm.budget import Purse, paying_from
from graph.emit import emit
from graph.events import Node
from graph.events import Step as StepEvent
from graph.nodes import Nodes
from graph.routes import after_analyze, after_execute, after_generate, after_validate
from graph.state import Question, State, Step, Update
from graph.steps.presenters import left_behind
from store.errors import TargetUnavailable

Graph = CompiledStateGraph[State, None, Question, State]
Route = Callable[[State], str]
ROUTES: dict[Node, Route] = {
    "analyze": after_analyze,
    "generate": after_generate,
    "validate": after_validate,
    "execute": after_execute,
}

# A target's connection may have gone stale since the last question; a second try opens a new one.
RECONNECT = RetryPolicy(max_attempts=2, initial_interval=0.1, retry_on=TargetUnavailable)


def build_graph(nodes: Nodes, saver: BaseCheckpointSaver[Any] | None) -> Graph:
    """Connect the nodes. Without a saver the caller brings its own memory (LangGraph Studio does)."""
    graph = StateGraph(State, input_schema=Question)
    for name in get_args(Node):
        step: Any = paid(nodes, announced(name, getattr(nodes, name)))
        retried = RECONNECT if name in {"validate", "execute"} else None
        if (route := ROUTES.get(name)) is None:
            graph.add_node(name, step, retry_policy=retried)
        else:
            # Where a node may lead is told by its route's type; without it nothing could be drawn.
            ends = get_args(get_type_hints(route)["return"])
            step = routed(step, route)
            graph.add_node(name, step, destinations=ends, retry_policy=retried)
    graph.add_edge(START, "analyze")
    graph.add_edge("retrieve", "generate")
    graph.set_finish_point("answer")
    return graph.compile(checkpointer=saver, name="querent")


def routed(step: Step, route: Route) -> Callable[[State], Awaitable[Command[str]]]:
    """Have a step name the next one too. Conditional edges would read the whole state a second time."""

    async def run(state: State) -> Command[str]:
        update = await step(state)
        after = cast(State, {**state, "unclear": None, **update})
        return Command(update=update, goto=route(after))

    return run


def announced(name: Node, step: Step) -> Step:
    """Tell when a node begins and how long it took."""

    async def run(state: State) -> Update:
        emit(StepEvent(name, "started"))
        began = perf_counter()
        update = await step(state)
        ms = round((perf_counter() - began) * 1000, 1)
        emit(StepEvent(name, "finished", ms, left_behind(update)))
        return update

    return run


def paid(nodes: Nodes, step: Step) -> Step:
    """Have a step's calls of language models paid from the purse of its run."""

    async def run(state: State) -> Update:
        purse = state.get("purse") or Purse(nodes.policy.budget)
        with paying_from(purse):
            return {**await step(state), "purse": purse}

    return run

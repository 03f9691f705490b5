"""The graph, which is the control flow: six nodes, one loop, one exit."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, cast, get_args, get_type_hints

from langgraph.channels import EphemeralValue
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command, RetryPolicy

from graph.events import Node, StepProgress
from graph.nodes import Nodes
from graph.routes import after_analyze, after_execute, after_generate, after_validate
from graph.run_context import RunContext, RunContextFactory
from graph.state import RunInput, State, Step, Update
from graph.steps.presenters import summarize_update
from store.errors import TargetUnavailable

Graph = CompiledStateGraph[State, RunContext, RunInput, State]
Route = Callable[[State], str]
GraphNode = Callable[[State, Runtime[RunContext]], Awaitable[Update]]
ContextProvider = Callable[[State], Awaitable[RunContext]]
ROUTES: dict[Node, Route] = {
    "analyze": after_analyze,
    "generate": after_generate,
    "validate": after_validate,
    "execute": after_execute,
}

# A target's pooled connection may have gone stale since the last question; a second attempt opens a new one.
RECONNECT = RetryPolicy(max_attempts=2, initial_interval=0.1, retry_on=TargetUnavailable)


@dataclass(frozen=True, slots=True)
class Assistant:
    """A compiled graph with the factory of its run contexts."""

    graph: Graph
    contexts: RunContextFactory


def build_graph(
    nodes: Nodes, saver: BaseCheckpointSaver[Any] | None, context_of: ContextProvider | None = None
) -> Graph:
    """Connect the nodes and compile the graph.

    Callers pass a `RunContext` with each run. LangGraph Studio cannot, and gives a `context_of` instead,
    which is called for each step; it also brings its own checkpointer.
    """
    graph = StateGraph(State, context_schema=None if context_of else RunContext, input_schema=RunInput)
    ephemeral = [name for name, channel in graph.channels.items() if isinstance(channel, EphemeralValue)]
    for name in get_args(Node):
        # LangGraph's type of a node does not fit functions behind a name.
        node: Any = with_progress(name, getattr(nodes, name), context_of)
        retry_policy = RECONNECT if name in {"validate", "execute"} else None
        if (route := ROUTES.get(name)) is None:
            graph.add_node(name, node, retry_policy=retry_policy)
        else:
            # The return type of a route names its destinations, so that the graph can be drawn.
            destinations = get_args(get_type_hints(route)["return"])
            routed: Any = with_route(node, route, ephemeral)
            graph.add_node(name, routed, destinations=destinations, retry_policy=retry_policy)
    graph.add_edge(START, "analyze")
    graph.add_edge("retrieve", "generate")
    graph.set_finish_point("answer")
    return graph.compile(checkpointer=saver, name="querent")


def with_progress(name: Node, step: Step, context_of: ContextProvider | None) -> GraphNode:
    """Wrap a step as a graph node, and emit progress events with its duration."""

    async def run(state: State, runtime: Runtime[RunContext]) -> Update:
        context = await context_of(state) if context_of else runtime.context
        context.sink(StepProgress(name, "started"))
        started = perf_counter()
        update = await step(state, context)
        ms = round((perf_counter() - started) * 1000, 1)
        context.sink(StepProgress(name, "finished", ms, summarize_update(update)))
        return update

    return run


def with_route(
    node: GraphNode, route: Route, ephemeral: Sequence[str]
) -> Callable[[State, Runtime[RunContext]], Awaitable[Command[str]]]:
    """Have a node name its successor, from the state after its update and without the `ephemeral` fields.

    Conditional edges would do the same at a sixth of a question's CPU time (2.5 of 15 ms).
    """
    expired = dict.fromkeys(ephemeral)

    async def run(state: State, runtime: Runtime[RunContext]) -> Command[str]:
        update = await node(state, runtime)
        updated = cast(State, {**state, **expired, **update})
        return Command(update=update, goto=route(updated))

    return run

"""The journey, drawn once: six nodes, one loop, one exit."""

from time import perf_counter
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import RetryPolicy

from agent.purse import Purse, paying_from
from graph.emit import emit
from graph.events import Node
from graph.events import Step as StepEvent
from graph.nodes import Nodes
from graph.routes import after_analyze, after_execute, after_generate, after_validate
from graph.state import Question, State, Step, Update
from graph.told import left_behind
from store.errors import TargetUnavailable

Graph = CompiledStateGraph[State, None, Question, State]

# A target's connection may have gone stale since the last question; a second try opens a new one.
RECONNECT = RetryPolicy(max_attempts=2, initial_interval=0.1, retry_on=TargetUnavailable)


def build_graph(nodes: Nodes, saver: BaseCheckpointSaver[Any] | None) -> Graph:
    """Connect the nodes. Without a saver the caller brings its own memory (LangGraph Studio does)."""
    graph = StateGraph(State, input_schema=Question)
    graph.add_node("analyze", paid(nodes, announced("analyze", nodes.analyze)))
    graph.add_node("retrieve", paid(nodes, announced("retrieve", nodes.retrieve)))
    graph.add_node("generate", paid(nodes, announced("generate", nodes.generate)))
    graph.add_node("validate", paid(nodes, announced("validate", nodes.validate)), retry_policy=RECONNECT)
    graph.add_node("execute", paid(nodes, announced("execute", nodes.execute)), retry_policy=RECONNECT)
    graph.add_node("answer", paid(nodes, announced("answer", nodes.answer)))
    graph.add_edge(START, "analyze")
    graph.add_conditional_edges("analyze", after_analyze)
    graph.add_edge("retrieve", "generate")
    graph.add_conditional_edges("generate", after_generate)
    graph.add_conditional_edges("validate", after_validate)
    graph.add_conditional_edges("execute", after_execute)
    graph.set_finish_point("answer")
    return graph.compile(checkpointer=saver, name="querent")


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

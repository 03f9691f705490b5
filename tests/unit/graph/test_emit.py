"""Events of nodes: to whoever plays the run, or else to LangGraph's stream."""

from typing import Any, TypedDict

from langgraph.graph import END, START, StateGraph

from graph.emit import emit, heard_by
from graph.events import RunEvent, Said


class Nothing(TypedDict, total=False):
    told: str


async def speak(state: Nothing) -> Nothing:
    emit(Said("Hello."))
    return {}


def speaking() -> Any:
    graph = StateGraph(Nothing)
    graph.add_node("speak", speak)
    graph.add_edge(START, "speak")
    graph.add_edge("speak", END)
    return graph.compile()


async def test_who_plays_the_run_hears_its_events_and_the_stream_does_not() -> None:
    heard: list[RunEvent] = []
    with heard_by(heard.append):
        streamed = [part async for part in speaking().astream({}, stream_mode="custom")]
    assert (heard, streamed) == ([Said("Hello.")], [])


async def test_where_nobody_hears_events_go_to_the_stream() -> None:
    with heard_by(lambda event: None):
        pass
    assert [part async for part in speaking().astream({}, stream_mode="custom")] == [Said("Hello.")]

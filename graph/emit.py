"""How a node makes something heard."""

from langgraph.config import get_stream_writer

from graph.events import RunEvent


def emit(event: RunEvent) -> None:
    """Send an event to whoever follows this run. Works inside a node only."""
    get_stream_writer()(event)

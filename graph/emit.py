"""How a node makes something heard."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from langgraph.config import get_stream_writer

from graph.events import RunEvent

Hear = Callable[[RunEvent], None]

# Steps run in tasks of their own, which take this along.
_hearing: ContextVar[Hear | None] = ContextVar("hearing", default=None)


@contextmanager
def heard_by(hear: Hear) -> Iterator[None]:
    """Have every event of the graph that runs within the block told to `hear`, and to no stream.

    LangGraph's own way wakes its loop for each event, which takes a tenth of a question's time.
    """
    token = _hearing.set(hear)
    try:
        yield
    finally:
        _hearing.reset(token)


def emit(event: RunEvent) -> None:
    """Send an event to whoever follows this run. Works inside a node only."""
    if (hear := _hearing.get()) is not None:
        hear(event)
    else:
        get_stream_writer()(event)

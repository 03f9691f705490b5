"""Graph factory for LangGraph Studio: the same six nodes; Studio's own server stores the conversations."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langgraph.config import get_stream_writer

from graph.build import Graph, build_graph
from graph.compose import Components, open_components
from graph.events import RunEvent
from graph.nodes import Nodes
from graph.run_context import RunContext, RunContextFactory
from graph.settings import Settings
from graph.state import State


@asynccontextmanager
async def make_graph(config: RunnableConfig) -> AsyncIterator[Graph]:
    """Yield the graph for one run; for drawings and schemas nothing is opened."""
    if not config.get("configurable", {}).get("__is_for_execution__", True):
        # A drawing looks only at the names of the nodes.
        yield build_graph(cast(Nodes, _DrawnNodes()), None)
        return
    components = await _shared.components()
    yield build_graph(components.nodes, None, _StudioRun(components.contexts).context)


class _DrawnNodes:
    """Placeholder for the nodes of a graph that is only drawn."""

    def __getattr__(self, node: str) -> Any:
        async def never(state: Any, run: Any) -> Any:
            raise RuntimeError(f"{node} was only drawn")

        return never


@dataclass
class _StudioRun:
    """The context of one run: Studio's server passes none, so the first step creates it from the state."""

    contexts: RunContextFactory
    created: RunContext | None = None

    async def context(self, state: State) -> RunContext:
        if self.created is None:
            self.created = await self.contexts.create(state["database"], None, _stream)
        return self.created


def _stream(event: RunEvent) -> None:
    get_stream_writer()(event)


@dataclass
class _SharedComponents:
    """The open components, shared by all runs of this process.

    One task opens and closes them: the server's event loop cancels it at shutdown, which closes them.
    """

    task: asyncio.Task[None] | None = None
    opened: asyncio.Future[Components] | None = None

    async def components(self) -> Components:
        """Return the components, opening them on the first call."""
        if self.task is None or self.task.done() or self.opened is None:
            self.opened = asyncio.get_running_loop().create_future()
            self.task = asyncio.create_task(self._hold(self.opened), name="components of the studio graph")
        return await asyncio.shield(self.opened)

    async def _hold(self, opened: asyncio.Future[Components]) -> None:
        try:
            settings = await asyncio.to_thread(Settings)
            async with open_components(settings, _ignore_progress) as components:
                opened.set_result(components)
                await asyncio.Event().wait()
        except Exception as error:
            # The callers that wait for the components get the error.
            if opened.done():
                raise
            opened.set_exception(error)


def _ignore_progress(task: str, done: int, total: int) -> None:
    """Studio has no place for a progress bar."""


# The server looks this module up by name and passes no state of its own, so shared state lives here.
_shared = _SharedComponents()

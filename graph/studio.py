"""What LangGraph Studio opens: the same six nodes; Studio's own server keeps the conversations."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

from langchain_core.runnables import RunnableConfig

from graph.build import Graph, build_graph
from graph.compose import Parts, open_parts
from graph.nodes import Nodes
from graph.settings import Settings


@asynccontextmanager
async def make_graph(config: RunnableConfig) -> AsyncIterator[Graph]:
    """Give the graph. For drawing and reading schemas nothing is opened; the first run opens the parts."""
    running = config.get("configurable", {}).get("__is_for_execution__", True)
    nodes = (await _kept.parts()).nodes if running else cast(Nodes, _Drawn())  # a drawing looks at names only
    yield build_graph(nodes, None)


class _Drawn:
    """Nodes for a drawing; they have no insides."""

    def __getattr__(self, node: str) -> Any:
        async def never(state: Any) -> Any:
            raise RuntimeError(f"{node} was only drawn")

        return never


@dataclass
class _Kept:
    """The open parts, shared by all runs of this process.

    They are opened and closed by one task: the server's loop cancels it when it ends, which closes them.
    """

    keeper: asyncio.Task[None] | None = None
    opened: asyncio.Future[Parts] | None = None

    async def parts(self) -> Parts:
        """Open the parts, or give those that are open."""
        if self.keeper is None or self.keeper.done() or self.opened is None:
            self.opened = asyncio.get_running_loop().create_future()
            self.keeper = asyncio.create_task(self._keep(self.opened), name="parts of the studio's graph")
        return await asyncio.shield(self.opened)

    async def _keep(self, opened: asyncio.Future[Parts]) -> None:
        try:
            settings = await asyncio.to_thread(Settings)
            async with open_parts(settings, _say_nothing) as parts:
                opened.set_result(parts)
                await asyncio.Event().wait()
        except Exception as error:
            # Whoever waits for the parts is told.
            if opened.done():
                raise
            opened.set_exception(error)


def _say_nothing(task: str, done: int, total: int) -> None:
    """Studio has no place for a progress bar."""


# The server calls this module by name and gives it nothing of ours, so what is shared lives here.
_kept = _Kept()

"""What the first question would have to wait for, made ready while the service answers already."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from graph.chores import beside

Readied = Callable[[], Awaitable[None]]


@asynccontextmanager
async def warming(*readied: Readied) -> AsyncIterator[None]:
    """Make these ready beside the block. One that fails is logged; a question that needs it tries again."""
    async with beside(*map(_make_ready, readied)):
        yield


async def _make_ready(readied: Readied) -> None:
    await readied()

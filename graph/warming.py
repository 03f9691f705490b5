"""What the first question would have to wait for, made ready while the service answers already."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from graph.chores import end_all, report

Readied = Callable[[], Awaitable[None]]


@asynccontextmanager
async def warming(*readied: Readied) -> AsyncIterator[None]:
    """Make these ready beside the block. One that fails is logged; a question that needs it tries again."""
    chores = [asyncio.create_task(_make_ready(each)) for each in readied]
    for chore in chores:
        chore.add_done_callback(report)
    try:
        yield
    finally:
        await end_all(chores)


async def _make_ready(readied: Readied) -> None:
    await readied()

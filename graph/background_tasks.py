"""Tasks that run beside everything else: ended for certain, and heard when they break."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from typing import Any

logger = logging.getLogger(__name__)


@asynccontextmanager
async def beside(*chores: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Do these for as long as the block lasts.

    Not a TaskGroup: it would wrap whatever the block raises into a group, and it tells its tasks only once to
    end.
    """
    tasks = [asyncio.create_task(chore) for chore in chores]
    for task in tasks:
        task.add_done_callback(report)
    try:
        yield
    finally:
        await end_all(tasks)


async def end_all(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel until they are gone: a library that is just about to finish may swallow the first word."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=0.2)


def report(chore: asyncio.Task[None]) -> None:
    """A chore never ends by itself; if one does, the rest of the service still works, only less well."""
    if not chore.cancelled() and (error := chore.exception()) is not None:
        logger.error("a chore of the runner ended", exc_info=error)


Readied = Callable[[], Awaitable[None]]


@asynccontextmanager
async def warming(*readied: Readied) -> AsyncIterator[None]:
    """Make these ready beside the block. One that fails is logged; a question that needs it tries again."""
    async with beside(*map(_make_ready, readied)):
        yield


async def _make_ready(readied: Readied) -> None:
    await readied()

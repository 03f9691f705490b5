"""Supervised background tasks: cancelled reliably at the end of a block, and logged when they fail."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from typing import Any

logger = logging.getLogger(__name__)

WarmUp = Callable[[], Awaitable[None]]


@asynccontextmanager
async def run_in_background(*coroutines: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run coroutines as tasks for as long as the block lasts.

    Not a TaskGroup: it would wrap exceptions of the block into a group, and it cancels its tasks only once.
    """
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    for task in tasks:
        task.add_done_callback(log_failure)
    try:
        yield
    finally:
        await cancel_all(tasks)


async def cancel_all(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel tasks until they have ended: a library that is about to finish may swallow one cancellation."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=0.2)


def log_failure(task: asyncio.Task[None]) -> None:
    """Log the exception of a background task; the rest of the service continues without it."""
    if not task.cancelled() and (error := task.exception()) is not None:
        logger.error("a background task failed", exc_info=error)


@asynccontextmanager
async def warm_up(*steps: WarmUp) -> AsyncIterator[None]:
    """Run warm-up steps in the background; failures are logged, and the first question tries again."""
    async with run_in_background(*map(_complete, steps)):
        yield


async def _complete(step: WarmUp) -> None:
    await step()

"""Tasks that run beside everything else: ended for certain, and heard when they break."""

import asyncio
import logging
from collections.abc import Iterable

logger = logging.getLogger(__name__)


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

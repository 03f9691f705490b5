"""Sleep until a wall-clock time."""

import asyncio
from time import time

# The wall clock may be adjusted meanwhile, so check it again at least this often.
MAX_SLEEP_S = 60.0


async def sleep_until(deadline: float | None) -> None:
    """Sleep until a time in seconds since 1970; without one, forever."""
    if deadline is None:
        await asyncio.Event().wait()
        return
    while (remaining_s := deadline - time()) > 0:  # noqa: ASYNC110 – no event marks a wall-clock time
        await asyncio.sleep(min(MAX_SLEEP_S, remaining_s))

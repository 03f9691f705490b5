"""Moments of the wall clock, waited for."""

import asyncio
from time import time

# The clock may be set meanwhile: look at it again now and then.
LONGEST_WAIT_S = 60.0


async def until(moment: float | None) -> None:
    """Wait until this moment, in seconds since 1970; for ever when there is none."""
    if moment is None:
        await asyncio.Event().wait()
        return
    while (left_s := moment - time()) > 0:  # noqa: ASYNC110 – nobody tells when it is time
        await asyncio.sleep(min(LONGEST_WAIT_S, left_s))

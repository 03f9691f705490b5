"""Holds processes to a part of a core, to see what more of them bring on a machine that one would fill."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

# Short against a question in a crowd, long against what it takes to be stopped.
TURN_S = 0.02


@asynccontextmanager
async def held(pids: Sequence[int], share: float) -> AsyncIterator[None]:
    """Let each of these run for this share of the time, in turns, for as long as the block lasts."""
    tasks = [asyncio.create_task(_hold(pid, share, nth / len(pids))) for nth, pid in enumerate(pids)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def _hold(pid: int, share: float, phase: float) -> None:
    now = asyncio.get_running_loop().time
    began = now() + phase * TURN_S
    try:
        await asyncio.sleep(phase * TURN_S)
        while True:
            # By the clock: a turn that came late does not put off the next one.
            left = TURN_S - (now() - began) % TURN_S
            rests = left > share * TURN_S
            os.kill(pid, signal.SIGSTOP if rests else signal.SIGCONT)
            await asyncio.sleep(left - share * TURN_S if rests else left)
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)

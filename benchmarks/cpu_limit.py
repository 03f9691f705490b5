"""Holds processes to a part of a core, to see what more of them bring on a machine that one would fill."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

# Short against a question in a crowd, long against what it takes to be stopped.
PERIOD_S = 0.02


@asynccontextmanager
async def limit_cpu(pids: Sequence[int], share: float) -> AsyncIterator[None]:
    """Let each of these run for this share of the time, in turns, for as long as the block lasts."""
    tasks = [asyncio.create_task(_throttle(pid, share, nth / len(pids))) for nth, pid in enumerate(pids)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def _throttle(pid: int, share: float, phase: float) -> None:
    clock = asyncio.get_running_loop().time
    started = clock() + phase * PERIOD_S
    try:
        await asyncio.sleep(phase * PERIOD_S)
        while True:
            # By the clock: a turn that came late does not put off the next one.
            remaining_s = PERIOD_S - (clock() - started) % PERIOD_S
            is_stopped = remaining_s > share * PERIOD_S
            os.kill(pid, signal.SIGSTOP if is_stopped else signal.SIGCONT)
            await asyncio.sleep(remaining_s - share * PERIOD_S if is_stopped else remaining_s)
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)

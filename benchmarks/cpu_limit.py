"""CPU limiter: hold processes to a share of a core by stopping and continuing them."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

# Short compared with a question under load, long compared with the delivery of a signal.
PERIOD_S = 0.02


@asynccontextmanager
async def limit_cpu(pids: Sequence[int], share: float) -> AsyncIterator[None]:
    """Limit each process to this share of the time, phase-shifted, until the block ends."""
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
            # Computed from the clock, so that a late wake-up does not delay the next period.
            remaining_s = PERIOD_S - (clock() - started) % PERIOD_S
            is_stopped = remaining_s > share * PERIOD_S
            os.kill(pid, signal.SIGSTOP if is_stopped else signal.SIGCONT)
            await asyncio.sleep(remaining_s - share * PERIOD_S if is_stopped else remaining_s)
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)

"""Admission control: starts runs only as fast as this process can work, to keep first-event latency low."""

import asyncio
from collections.abc import Callable
from time import thread_time

# CPU time of one event-loop turn above which the loop counts as busy. Runs that wait for a model or a
# database use no CPU, so any number of them may be in progress. Other processes do not count.
CALM_S = 0.005

# A run starts after this delay even if the loop stays busy.
MAX_WAIT_S = 0.25

# Minimum gap between two starts: the load of a run that has just started shows only after this time.
START_GAP_S = 0.004


class AdmissionController:
    """Admission control of one process, first come, first served.

    Without it, a hundred simultaneous questions are worked on in slices: each step of each run waits for a
    slice of all the others, and then for a store connection. The total work is the same.
    """

    def __init__(
        self,
        has_room: Callable[[], bool] = lambda: True,
        calm_s: float = CALM_S,
        max_wait_s: float = MAX_WAIT_S,
    ) -> None:
        """`has_room` tells whether the store can serve a request without queueing it."""
        self._has_room = has_room
        self._calm_s = calm_s
        self._max_wait_s = max_wait_s
        self._turn = asyncio.Lock()
        self._next_start_at = 0.0

    async def wait(self) -> None:
        """Wait for this caller's turn, until the event loop is responsive and the store has room."""
        clock = asyncio.get_running_loop().time
        async with self._turn:
            deadline, cpu_time = clock() + self._max_wait_s, thread_time()
            while clock() < deadline:
                delay = max(0.0, self._next_start_at - clock()) if self._has_room() else START_GAP_S
                await asyncio.sleep(delay)
                previous, cpu_time = cpu_time, thread_time()
                is_calm = cpu_time - previous < self._calm_s
                if is_calm and self._has_room() and clock() >= self._next_start_at:
                    break
            self._next_start_at = clock() + START_GAP_S

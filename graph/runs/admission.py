"""Lets runs begin no faster than this process can work, so that those who have just asked hear at once."""

import asyncio
from collections.abc import Callable
from time import thread_time

# A turn of the loop that takes more of the processor keeps somebody waiting. Runs that wait for a model or a
# database take none of it: any number of them may be under way. What other programs take is not counted.
CALM_S = 0.005

# However busy it is, one run begins in so long.
MOST_PATIENCE_S = 0.25

# What one that has begun takes shows only after so long.
APART_S = 0.004


class Turnstile:
    """One for a process. Who comes first passes first.

    Without it a hundred questions at once are worked on in slices: every step of each waits for a slice of
    all the others, and for a connection to the store after them. The sum of the work is the same.
    """

    def __init__(
        self,
        has_room: Callable[[], bool] = lambda: True,
        calm_s: float = CALM_S,
        most_patience_s: float = MOST_PATIENCE_S,
    ) -> None:
        """`has_room` tells whether the store takes what it is asked without delay."""
        self._has_room = has_room
        self._calm_s = calm_s
        self._most_patience_s = most_patience_s
        self._line = asyncio.Lock()
        self._next_at = 0.0

    async def enter(self) -> None:
        """Come back when it is this one's turn, the loop turns quickly, and the store has room."""
        now = asyncio.get_running_loop().time
        async with self._line:
            until, worked = now() + self._most_patience_s, thread_time()
            while now() < until:
                await asyncio.sleep(max(0.0, self._next_at - now()) if self._has_room() else APART_S)
                before, worked = worked, thread_time()
                if worked - before < self._calm_s and self._has_room() and now() >= self._next_at:
                    break
            self._next_at = now() + APART_S

"""How long we wait for who does not read, by whichever door they came."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

# A viewer that takes no frame for so long is closed; it can come back and go on where it was.
PATIENCE_S = 10.0
FAREWELL_S = 1.0


class ReadsTooSlowly(Exception):
    """The other side does not take what is sent; `seq` is the last event that it was sent."""

    def __init__(self, seq: int) -> None:
        super().__init__(f"No frame was taken after event {seq}.")
        self.seq = seq


@asynccontextmanager
async def no_longer_than(seconds: float, seq: int) -> AsyncIterator[Callable[[int], None]]:
    """Send something within the block. Raises `ReadsTooSlowly` when that takes longer.

    What is given takes the number of the last event sent by now, and lets as much time for what comes next.
    """
    now = asyncio.get_running_loop().time
    try:
        async with asyncio.timeout(seconds) as clock:

            def sent(newest: int) -> None:
                nonlocal seq
                seq = newest
                clock.reschedule(now() + seconds)

            yield sent
    except TimeoutError as error:
        raise ReadsTooSlowly(seq) from error

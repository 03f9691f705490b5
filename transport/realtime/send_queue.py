"""What one viewer has not been sent yet: bounded, so that behind it the log itself waits."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

MOST_FRAMES = 32
# A piece of rows may be larger; then it waits alone.
MOST_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Frame:
    """Text for a viewer, and the number of the event that it is, if it is one."""

    text: str
    seq: int | None = None


class Outbox:
    """Frames in the order in which they were put; `put` waits for room, `take` for a frame."""

    def __init__(self) -> None:
        # Not a `deque`: an empty one takes 600 bytes, of every socket there is.
        self._frames: list[Frame] = []
        self._bytes = 0
        self._news = asyncio.Event()
        self._room = asyncio.Event()

    async def put(self, frame: Frame) -> None:
        """Hand over a frame, as soon as there is room for it."""
        while self._frames and self._is_full_for(frame):
            self._room.clear()
            await self._room.wait()
        self._frames.append(frame)
        self._bytes += len(frame.text)
        self._news.set()

    async def take(self) -> Frame:
        """Give the next frame, as soon as there is one."""
        while (frame := self.take_now()) is None:
            self._news.clear()
            await self._news.wait()
        return frame

    def take_now(self) -> Frame | None:
        """Give the next frame, if there is one."""
        if not self._frames:
            return None
        frame = self._frames.pop(0)
        self._bytes -= len(frame.text)
        self._room.set()
        return frame

    def _is_full_for(self, frame: Frame) -> bool:
        return len(self._frames) >= MOST_FRAMES or self._bytes + len(frame.text) > MOST_BYTES


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

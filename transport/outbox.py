"""What one viewer has not been sent yet: bounded, so that behind it the log itself waits."""

import asyncio
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

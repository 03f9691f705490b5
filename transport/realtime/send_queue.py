"""Bounded send queue of one connection, and the time-out for clients that read too slowly."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import time

MAX_FRAMES = 32
# A frame with rows may be larger; it is queued when the queue is empty.
MAX_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class OutboundFrame:
    """Text of a frame, and its event number if it is an event."""

    text: str
    seq: int | None = None


class SendQueue:
    """FIFO queue of frames; `put` waits for space, `pop` for a frame. A full queue stops reading the log."""

    def __init__(self) -> None:
        # Not a `deque`: an empty one takes 600 bytes, for every open socket.
        self._frames: list[OutboundFrame] = []
        self._bytes = 0
        self._not_empty = asyncio.Event()
        self._not_full = asyncio.Event()

    async def put(self, frame: OutboundFrame) -> None:
        """Append a frame, waiting until there is space for it."""
        while self._frames and self._is_full_for(frame):
            self._not_full.clear()
            await self._not_full.wait()
        self._frames.append(frame)
        self._bytes += len(frame.text)
        self._not_empty.set()

    async def pop(self) -> OutboundFrame:
        """Remove and return the next frame, waiting until there is one."""
        while (frame := self.pop_nowait()) is None:
            self._not_empty.clear()
            await self._not_empty.wait()
        return frame

    def pop_nowait(self) -> OutboundFrame | None:
        """Remove and return the next frame, or return None."""
        if not self._frames:
            return None
        frame = self._frames.pop(0)
        self._bytes -= len(frame.text)
        self._not_full.set()
        return frame

    def _is_full_for(self, frame: OutboundFrame) -> bool:
        return len(self._frames) >= MAX_FRAMES or self._bytes + len(frame.text) > MAX_BYTES


# A client that accepts no frame for this long is disconnected; it can reconnect and resume.
SEND_TIMEOUT_S = 10.0
CLOSE_TIMEOUT_S = 1.0


class ReaderTooSlow(Exception):
    """The client does not read what it is sent; `seq` is the last event that was sent."""

    def __init__(self, seq: int) -> None:
        super().__init__(f"The client accepted no frame after event {seq}.")
        self.seq = seq


@asynccontextmanager
async def send_timeout(seconds: float, last_seq: int) -> AsyncIterator[Callable[[int], None]]:
    """Limit the time of a send within the block. Raises `ReaderTooSlow`.

    The yielded function records the number of the last event sent, and restarts the time-out.
    """
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(seconds) as timeout:

            def restart(seq: int) -> None:
                nonlocal last_seq
                last_seq = seq
                timeout.reschedule(loop.time() + seconds)

            yield restart
    except TimeoutError as error:
        raise ReaderTooSlow(last_seq) from error


# The wall clock may be adjusted meanwhile, so check it again at least this often.
MAX_SLEEP_S = 60.0


async def sleep_until(deadline: float | None) -> None:
    """Sleep until a time in seconds since 1970; without one, forever."""
    if deadline is None:
        await asyncio.Event().wait()
        return
    while (remaining_s := deadline - time()) > 0:  # noqa: ASYNC110 – no event marks a wall-clock time
        await asyncio.sleep(min(MAX_SLEEP_S, remaining_s))

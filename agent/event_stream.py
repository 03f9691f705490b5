"""Reads a streamed answer: bytes in, the data of each event out; words that came together become one."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import suppress
from typing import Any

# No chunk of an answer comes near; a server that never ends a line must not fill the memory.
MOST_BYTES = 1_000_000

# After the last event a server closes its answer at once; one that does not costs a new connection, no more.
LINGER_S = 0.1


async def read_events(pieces: AsyncIterator[bytes]) -> AsyncIterator[list[bytes]]:
    """Give the data of the events that each piece completes. Raises `ValueError` when one is too long."""
    reader = EventReader()
    async for piece in pieces:
        if events := list(reader.feed(piece)):
            yield events


async def until_done(read: AsyncIterator[list[bytes]]) -> AsyncIterator[list[bytes]]:
    """The events before the closing one; the rest is read out, so that the connection can be used again."""
    async for events in read:
        last = next((at for at, event in enumerate(events) if event.startswith(b"[DONE]")), None)
        if last is None:
            yield events
            continue
        if last:
            yield events[:last]
        with suppress(TimeoutError):
            async with asyncio.timeout(LINGER_S):
                async for _ in read:
                    pass
        return


class EventReader:
    """Cuts a stream of bytes into events, wherever its pieces begin and end.

    Lines end with LF, CR or CR LF; comments and every field but `data` are left out, and so is an event that
    the end of the stream cuts off (https://html.spec.whatwg.org/multipage/server-sent-events.html, 9.2.6).
    """

    def __init__(self) -> None:
        self._rest = b""
        self._after_cr = False
        self._data: list[bytes] = []

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Take a piece; give the events it completes."""
        for line in self._lines(piece):
            if not line:
                if self._data:
                    yield b"\n".join(self._data)
                    self._data = []
            elif line.startswith(b"data:"):
                self._data.append(line[6:] if line[5:6] == b" " else line[5:])
            elif line == b"data":
                self._data.append(b"")

    def _lines(self, piece: bytes) -> list[bytes]:
        """The lines that are complete by now, without their ends."""
        if self._after_cr and piece.startswith(b"\n"):
            piece = piece[1:]
        if not piece:
            return []
        text = self._rest + piece
        self._after_cr = text.endswith(b"\r")
        lines = text.splitlines()
        self._rest = b"" if text.endswith((b"\n", b"\r")) else lines.pop()
        if len(self._rest) + sum(map(len, self._data)) > MOST_BYTES:
            raise ValueError("The event is too long.")
        return lines


def joined(events: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Make one event of words that came together."""
    held: dict[str, Any] | None = None
    held_says = False
    for event in events:
        says = only_says(event)
        if held is not None and held_says and says:
            held["choices"][0]["delta"]["content"] += event["choices"][0]["delta"]["content"]
            continue
        if held is not None:
            yield held
        held, held_says = event, says
    if held is not None:
        yield held


def only_says(event: dict[str, Any]) -> bool:
    """Whether an event holds a piece of text, and nothing that could be lost."""
    choices = event.get("choices")
    if event.get("usage") or not choices or len(choices) > 1:
        return False
    choice, delta = choices[0], choices[0].get("delta") or {}
    ends = choice.get("finish_reason") or choice.get("logprobs")
    return not ends and delta.keys() <= {"role", "content"} and isinstance(delta.get("content"), str)

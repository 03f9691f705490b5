"""A WebSocket spoken by hand, byte for byte, to say what no library would."""

import asyncio
import os
import struct
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

TEXT, BINARY, CLOSE, PING, PONG, CONT = 0x1, 0x2, 0x8, 0x9, 0xA, 0x0
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
# What RFC 6455 (section 1.3) says must be answered to that key.
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
PATIENCE_S = 5


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0, masked: bool = True) -> bytes:
    """One frame as a client sends it, unless told otherwise."""
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    return head + _length(len(payload), masked) + _masked(payload, masked)


def cut(message: bytes, *sizes: int) -> list[bytes]:
    """A text in fragments of these sizes, and the rest."""
    pieces, at = [], 0
    for size in sizes:
        pieces.append(message[at : at + size])
        at += size
    pieces.append(message[at:])
    last = len(pieces) - 1
    return [frame(CONT if nth else TEXT, piece, fin=nth == last) for nth, piece in enumerate(pieces)]


def close(code: int, reason: bytes = b"") -> bytes:
    """A close frame."""
    return frame(CLOSE, struct.pack("!H", code) + reason)


def _length(size: int, masked: bool) -> bytes:
    bit = 0x80 if masked else 0
    if size < 126:
        return bytes([bit | size])
    if size < 2**16:
        return bytes([bit | 126]) + struct.pack("!H", size)
    return bytes([bit | 127]) + struct.pack("!Q", size)


def _masked(payload: bytes, masked: bool) -> bytes:
    if not masked:
        return payload
    key = os.urandom(4)
    return key + bytes(byte ^ key[nth % 4] for nth, byte in enumerate(payload))


@dataclass(frozen=True)
class Heard:
    """A frame from the server."""

    opcode: int
    payload: bytes

    @property
    def code(self) -> int | None:
        return struct.unpack("!H", self.payload[:2])[0] if self.opcode == CLOSE and self.payload else None


@dataclass
class Raw:
    """A connection of bytes."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, *pieces: bytes) -> None:
        """Write pieces one after the other, each in a segment of its own."""
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()

    async def shake(self, path: str, **headers: str | None) -> tuple[int, Mapping[str, str]]:
        """Ask for a WebSocket; give the status and the headers of the answer. None leaves a header out."""
        asked: dict[str, str | None] = {
            "Host": "127.0.0.1",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": KEY,
            "Sec-WebSocket-Version": "13",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        lines = [f"{name}: {value}" for name, value in asked.items() if value is not None]
        await self.send("\r\n".join([f"GET {path} HTTP/1.1", *lines, "", ""]).encode())
        return await self.answer()

    async def answer(self) -> tuple[int, Mapping[str, str]]:
        """Read the head of an HTTP answer."""
        async with asyncio.timeout(PATIENCE_S):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        named = (line.split(":", 1) for line in lines)
        return int(first.split()[1]), {name.lower(): value.strip() for name, value in named}

    async def hear(self) -> Heard | None:
        """Read one frame; None at the end of the connection."""
        async with asyncio.timeout(PATIENCE_S):
            try:
                first, second = await self.reader.readexactly(2)
                size = second & 0x7F
                if size > 125:
                    size = int.from_bytes(await self.reader.readexactly(2 if size == 126 else 8))
                assert not second & 0x80, "a server does not mask"
                return Heard(first & 0xF, await self.reader.readexactly(size))
            except (asyncio.IncompleteReadError, ConnectionError):
                return None

    async def until(self, opcode: int) -> Heard | None:
        """Read up to the next frame of this kind, or to the end."""
        while (heard := await self.hear()) is not None and heard.opcode != opcode:
            pass
        return heard


@asynccontextmanager
async def dialled(port: int) -> AsyncIterator[Raw]:
    """Connect, and hang up at the end whatever state it is in."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Raw(reader, writer)
    finally:
        writer.transport.abort()


@asynccontextmanager
async def opened(port: int, thread: str) -> AsyncIterator[Raw]:
    """Open a WebSocket on a conversation."""
    async with dialled(port) as raw:
        status, _ = await raw.shake(f"/threads/{thread}/stream/events")
        assert status == 101
        yield raw

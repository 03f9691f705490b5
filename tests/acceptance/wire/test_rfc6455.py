"""RFC 6455 conformance, byte for byte: valid frames work, invalid ones close the connection."""

import json
import struct

import pytest

from tests.fixtures.raw_socket import (
    ACCEPT,
    BINARY,
    CLOSE,
    CONT,
    PING,
    PONG,
    TEXT,
    RawConnection,
    close,
    fragment,
    frame,
    open_tcp,
    open_websocket,
)
from tests.fixtures.scripted_service import RunningService
from transport.server import MAX_FRAME_BYTES

COMMAND = '{"id": 7, "method": "run.cancel", "params": {"note": "Größe 🙂"}}'.encode()
UNKNOWN = b'{"id": 7, "method": "run.explode"}'
LARGEST = b'{"id": 7, "method": "run.explode", "x": "' + b"x" * (MAX_FRAME_BYTES - 43) + b'"}'
assert len(LARGEST) == MAX_FRAME_BYTES


async def answered(raw: RawConnection) -> dict[str, object]:
    heard = await raw.next_frame(TEXT)
    assert heard is not None
    headers: dict[str, object] = json.loads(heard.payload)
    return headers


ALLOWED = {
    "a text in one frame": [frame(TEXT, UNKNOWN)],
    "a text of the largest size": [frame(TEXT, LARGEST)],
    "a text whose length takes two bytes": [frame(TEXT, UNKNOWN + b" " * 126)],
    "a text in two fragments": fragment(UNKNOWN, 5),
    "a text in many fragments": fragment(UNKNOWN, *[1] * (len(UNKNOWN) - 1)),
    "an empty first fragment": fragment(UNKNOWN, 0),
    "an empty fragment in the middle": fragment(UNKNOWN, 5, 0, 0),
    "an empty last fragment": fragment(UNKNOWN, len(UNKNOWN)),
    "fragments of the largest size together": fragment(LARGEST, 1, 40_000),
    "a character cut in two": fragment(COMMAND, COMMAND.index(b"\xc3") + 1),
    "a character cut in four": fragment(COMMAND, COMMAND.index(b"\xf0") + 1, 1, 1),
    "all fragments in one segment": [b"".join(fragment(UNKNOWN, 3, 3, 3))],
    "a frame byte by byte": [bytes([byte]) for byte in frame(TEXT, UNKNOWN)],
    "a ping before it": [frame(PING), frame(TEXT, UNKNOWN)],
    "a ping between fragments": [(cuts := fragment(UNKNOWN, 5))[0], frame(PING, b"x"), cuts[1]],
    "many pings between fragments": [cuts[0], *[frame(PING, b"x")] * 20, cuts[1]],
    "a pong that nobody asked for": [frame(PONG, b"what?"), frame(TEXT, UNKNOWN)],
    "a pong between fragments": [cuts[0], frame(PONG), cuts[1]],
    "a pong of the largest size": [frame(PONG, b"x" * 125), frame(TEXT, UNKNOWN)],
    "a mask of zeros": [b"\x81" + bytes([0x80 | len(UNKNOWN)]) + bytes(4) + UNKNOWN],
    "two texts in one segment": [frame(TEXT, b"nonsense") + frame(TEXT, UNKNOWN)],
}


@pytest.mark.parametrize("pieces", ALLOWED.values(), ids=ALLOWED.keys())
async def test_what_is_allowed_is_understood(
    served: RunningService, thread: str, pieces: list[bytes]
) -> None:
    async with open_websocket(served.port, thread) as raw:
        await raw.send(*pieces)
        headers = await answered(raw)
        if headers["id"] is None:
            headers = await answered(raw)
        assert (headers["type"], headers["id"]) == ("error", 7)
        # The connection is whole: it can still be closed as it should be.
        await raw.send(close(1000))
        bye = await raw.next_frame(CLOSE)
        assert bye is not None
        assert bye.code == 1000


@pytest.mark.parametrize(
    "payload", [b"", b"x", b"\x00\xff\xfe", b"x" * 125], ids=["none", "one", "odd", "most"]
)
async def test_a_ping_is_answered_with_what_it_said(
    served: RunningService, thread: str, payload: bytes
) -> None:
    async with open_websocket(served.port, thread) as raw:
        await raw.send(frame(PING, payload))
        pong = await raw.receive_frame()
        assert pong is not None
        assert (pong.opcode, pong.payload) == (PONG, payload)


async def test_pings_are_answered_in_order(served: RunningService, thread: str) -> None:
    async with open_websocket(served.port, thread) as raw:
        await raw.send(b"".join(frame(PING, bytes([nth])) for nth in range(50)))
        assert [heard.payload for _ in range(50) if (heard := await raw.receive_frame())] == [
            bytes([n]) for n in range(50)
        ]


# Each breaks one sentence of sections 5.1 to 5.5 and 7.4: the code is what the connection is failed with.
FORBIDDEN = {
    "reserved bit 1": (1002, [frame(TEXT, UNKNOWN, rsv=4)]),
    "reserved bit 2": (1002, [frame(TEXT, UNKNOWN, rsv=2)]),
    "reserved bit 3": (1002, [frame(TEXT, UNKNOWN, rsv=1)]),
    "all reserved bits": (1002, [frame(TEXT, UNKNOWN, rsv=7)]),
    "a reserved bit on a ping": (1002, [frame(PING, b"x", rsv=4)]),
    "a reserved bit on a close": (1002, [frame(CLOSE, b"\x03\xe8", rsv=4)]),
    "a reserved bit on a fragment": (1002, [cuts[0], frame(CONT, b"x", rsv=1)]),
    **{
        f"reserved opcode {opcode}": (1002, [frame(opcode, b"x")])
        for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)
    },
    "a text without a mask": (1002, [frame(TEXT, UNKNOWN, masked=False)]),
    "a ping without a mask": (1002, [frame(PING, b"x", masked=False)]),
    "a close without a mask": (1002, [frame(CLOSE, b"\x03\xe8", masked=False)]),
    "a ping that is too long": (1002, [frame(PING, b"x" * 126)]),
    "a pong that is too long": (1002, [frame(PONG, b"x" * 126)]),
    "a close that is too long": (1002, [frame(CLOSE, b"\x03\xe8" + b"x" * 124)]),
    "a ping in fragments": (1002, [frame(PING, b"x", fin=False)]),
    "a pong in fragments": (1002, [frame(PONG, b"x", fin=False)]),
    "a close in fragments": (1002, [frame(CLOSE, b"\x03\xe8", fin=False)]),
    "a rest without a beginning": (1002, [frame(CONT, UNKNOWN)]),
    "a rest that goes on without a beginning": (1002, [frame(CONT, UNKNOWN, fin=False)]),
    "a rest after the end": (1002, [*cuts, frame(CONT, b"x")]),
    "a text between fragments": (1002, [cuts[0], frame(TEXT, UNKNOWN)]),
    "bytes between fragments of text": (1002, [cuts[0], frame(BINARY, UNKNOWN)]),
    "another beginning": (1002, [cuts[0], cuts[0]]),
    "a close of one byte": (1002, [frame(CLOSE, b"\x03")]),
    **{
        f"close code {code}": (1002, [close(code)])
        for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535)
    },
    "a reason that is not UTF-8": (1007, [close(1000, b"\xff\xfe")]),
    "a text that is not UTF-8": (1007, [frame(TEXT, b"\xff\xfe")]),
    "a text that ends within a character": (1007, [frame(TEXT, b"\xe2\x82")]),
    "a surrogate": (1007, [frame(TEXT, b"\xed\xa0\x80")]),
    "an overlong slash": (1007, [frame(TEXT, b"\xc0\xaf")]),
    "a character beyond the last": (1007, [frame(TEXT, b"\xf4\x90\x80\x80")]),
    "bad text in the second fragment": (1007, [frame(TEXT, b"ok", fin=False), frame(CONT, b"\xff")]),
    "half a character, in fragments": (
        1007,
        [frame(TEXT, b"\xe2", fin=False), frame(CONT, b"\x82")],
    ),
    "a byte too many": (1009, [frame(TEXT, b"x" * (MAX_FRAME_BYTES + 1))]),
    "bytes, one too many": (1009, [frame(BINARY, b"x" * (MAX_FRAME_BYTES + 1))]),
    "fragments that are too large together": (1009, fragment(b"x" * (MAX_FRAME_BYTES + 1), MAX_FRAME_BYTES)),
    "fragments without end": (
        1009,
        [frame(TEXT, b"x", fin=False), *[frame(CONT, b"x" * 20_000, fin=False)] * 4],
    ),
    "a length of a gigabyte": (1009, [b"\x81\xff" + struct.pack("!Q", 2**30) + bytes(4)]),
    "a length beyond all numbers": (1009, [b"\x81\xff" + struct.pack("!Q", 2**63 - 1) + bytes(4)]),
}


@pytest.mark.parametrize(("code", "pieces"), FORBIDDEN.values(), ids=FORBIDDEN.keys())
async def test_what_is_forbidden_ends_the_connection_with_the_right_code(
    served: RunningService, thread: str, code: int, pieces: list[bytes]
) -> None:
    async with open_websocket(served.port, thread) as raw:
        await raw.send(*pieces)
        bye = await raw.next_frame(CLOSE)
        assert bye is not None
        assert bye.code == code
        assert await raw.receive_frame() is None


@pytest.mark.parametrize(
    "code", [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 3000, 4999]
)
async def test_a_close_is_answered_with_its_own_code(served: RunningService, thread: str, code: int) -> None:
    async with open_websocket(served.port, thread) as raw:
        await raw.send(close(code, "Tschüß".encode()))
        bye = await raw.receive_frame()
        assert bye is not None
        assert bye.code == code
        assert await raw.receive_frame() is None


async def test_a_close_without_a_code_is_answered_without_one(served: RunningService, thread: str) -> None:
    async with open_websocket(served.port, thread) as raw:
        await raw.send(frame(CLOSE))
        bye = await raw.receive_frame()
        assert bye is not None
        assert bye.payload == b""


async def test_after_a_close_nothing_is_obeyed(served: RunningService, thread: str) -> None:
    start = json.dumps({"id": 1, "method": "run.start", "params": {"input": "Which pets?"}}).encode()
    async with open_websocket(served.port, thread) as raw:
        await raw.send(close(1000) + frame(TEXT, start))
        assert (await raw.next_frame(CLOSE)) is not None
        assert await raw.receive_frame() is None
    assert served.analyst.questions == []


HANDSHAKES = {
    "no key": (400, {"Sec_WebSocket_Key": None}),
    "a key that is too short": (400, {"Sec_WebSocket_Key": "c2hvcnQ="}),
    "a key that is no base64": (400, {"Sec_WebSocket_Key": "!" * 24}),
    "no version": (400, {"Sec_WebSocket_Version": None}),
    "an old version": (400, {"Sec_WebSocket_Version": "8"}),
    "a version that is none": (400, {"Sec_WebSocket_Version": "thirteen"}),
    "no upgrade in the connection": (405, {"Connection": "keep-alive"}),
    "another upgrade": (405, {"Upgrade": "h2c"}),
}


@pytest.mark.parametrize(("status", "headers"), HANDSHAKES.values(), ids=HANDSHAKES.keys())
async def test_a_handshake_that_is_wrong_is_refused(
    served: RunningService, thread: str, status: int, headers: dict[str, str | None]
) -> None:
    async with open_tcp(served.port) as raw:
        received_status, _ = await raw.handshake(f"/threads/{thread}/stream/events", **headers)
        assert received_status == status


async def test_a_handshake_that_is_right_is_answered_as_the_standard_says(
    served: RunningService, thread: str
) -> None:
    async with open_tcp(served.port) as raw:
        status, headers = await raw.handshake(
            f"/threads/{thread}/stream/events",
            Sec_WebSocket_Extensions="permessage-deflate; client_max_window_bits",
            Sec_WebSocket_Protocol="chat, querent",
        )
    assert status == 101
    assert headers["sec-websocket-accept"] == ACCEPT
    assert (headers["upgrade"].lower(), headers["connection"].lower()) == ("websocket", "upgrade")
    assert headers["sec-websocket-protocol"] == "querent"
    assert "sec-websocket-extensions" not in headers


async def test_other_viewers_do_not_notice(served: RunningService, thread: str) -> None:
    async with open_websocket(served.port, thread) as good:
        for pieces in (FORBIDDEN["reserved bit 1"][1], FORBIDDEN["a text that is not UTF-8"][1]):
            async with open_websocket(served.port, thread) as bad:
                await bad.send(*pieces)
                await bad.next_frame(CLOSE)
        await good.send(frame(TEXT, UNKNOWN))
        assert (await answered(good))["id"] == 7

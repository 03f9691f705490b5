"""The WebSocket door: one viewer from its handshake to its last frame."""

import asyncio
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from graph.compose import Service
from transport.auth.authentication import asker_of, denial, pass_of, subprotocol_of
from transport.protocol.encoding import as_text, failure, lagging
from transport.protocol.errors import EXPIRED, fault_of
from transport.realtime.commands import Visit, visit_of
from transport.realtime.connection_limits import Crowd
from transport.realtime.deadlines import until
from transport.realtime.send_queue import (
    FAREWELL_S,
    PATIENCE_S,
    Frame,
    Outbox,
    ReadsTooSlowly,
    no_longer_than,
)
from transport.realtime.session import Line
from transport.server import LAST_WORDS

GOING_WRONG = 1011
RESUME_LATER = 1013
TOKEN_EXPIRED = 4401


class TokenExpired(Exception):
    """The token that was shown at the door has ended."""


class EventSocket:
    """`/threads/{thread_id}/stream/events` as a WebSocket."""

    def __init__(self, service: Service, crowd: Crowd) -> None:
        self._service = service
        self._crowd = crowd

    async def open(self, websocket: WebSocket) -> None:
        """Let a viewer in and serve it until it leaves."""
        with ExitStack() as seat:
            try:
                seat.enter_context(self._crowd.seat(asker_of(websocket)))
                visit = visit_of(websocket, self._service)
                settled = await visit.settled_seq()
            except Exception as error:  # noqa: BLE001 – the one boundary of a handshake
                await websocket.send_denial_response(denial(fault_of(error)))
                return
            await websocket.accept(subprotocol_of(websocket.scope["subprotocols"]))
            await serve(websocket, visit, settled, stays_until=pass_of(websocket).expires_at)


async def serve(
    websocket: WebSocket,
    visit: Visit,
    settled: int,
    stays_until: float | None = None,
    patience_s: float = PATIENCE_S,
) -> None:
    """Answer commands and show events until the viewer leaves, may not stay, or does not keep up."""
    waiting = Outbox()
    try:
        async with asyncio.TaskGroup() as group:
            others = [group.create_task(_write(websocket, waiting, patience_s))]
            if stays_until is not None:
                others.append(group.create_task(_expire(stays_until)))
            async with Line(visit, waiting, group, settled) as line:
                while (message := await websocket.receive())["type"] == "websocket.receive":
                    await line.take(message.get("text"))
            for task in others:
                task.cancel()
    except* ReadsTooSlowly as slow:
        behind = _first_of(slow)
        assert isinstance(behind, ReadsTooSlowly)
        await _leave(websocket, lagging(behind.seq), RESUME_LATER, "resume later")
    except* TokenExpired:
        await _leave(websocket, failure(None, EXPIRED), TOKEN_EXPIRED, EXPIRED.code)
    except* WebSocketDisconnect:
        pass
    except* Exception as broken:  # noqa: BLE001 – the one boundary of a socket
        fault = fault_of(_first_of(broken))
        await _leave(websocket, failure(None, fault), GOING_WRONG, fault.code)


async def _write(websocket: WebSocket, waiting: Outbox, patience_s: float) -> None:
    """Send what waits, in order. Nobody else sends on this socket while this runs. Never ends."""
    seq = 0
    while True:
        frame: Frame | None = await waiting.take()
        async with no_longer_than(patience_s, seq) as sent:
            while frame is not None:
                await websocket.send_text(frame.text)
                seq = frame.seq or seq
                sent(seq)
                frame = waiting.take_now()


async def _expire(moment: float) -> None:
    await until(moment)
    raise TokenExpired


async def _leave(websocket: WebSocket, last: Mapping[str, Any], code: int, reason: str) -> None:
    """Say why the events end here, and close. Who never reads it is cut off by the server."""
    with suppress(TimeoutError, WebSocketDisconnect):
        async with asyncio.timeout(FAREWELL_S):
            await websocket.send({"type": "websocket.send", "text": as_text(last), LAST_WORDS: True})
            await websocket.close(code, reason)


def _first_of(group: BaseExceptionGroup[Exception]) -> Exception:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, Exception)
    return error

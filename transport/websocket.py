"""The WebSocket door: one viewer from its handshake to its last frame."""

import asyncio
from contextlib import suppress
from typing import NoReturn

from starlette.websockets import WebSocket, WebSocketDisconnect

from graph.compose import Service
from transport.auth import denial, subprotocol_of
from transport.faults import Fault, fault_of
from transport.frames import as_text, failure
from transport.line import Line
from transport.visit import Visit, visit_of

# Frames that wait for a slow viewer. Behind these the log itself waits, so memory does not grow.
MOST_WAITING = 32
# A viewer that takes no frame for so long is closed; it can come back and go on where it was.
PATIENCE_S = 10.0
FAREWELL_S = 1.0

GOING_WRONG = 1011
RESUME_LATER = 1013


class ReadsTooSlowly(Exception):
    """The other side does not take what is sent."""


class EventSocket:
    """`/threads/{thread_id}/stream/events` as a WebSocket."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def open(self, websocket: WebSocket) -> None:
        """Let a viewer in and serve it until it leaves."""
        try:
            visit = visit_of(websocket, self._service)
            settled = await visit.settled_seq()
        except Exception as error:  # noqa: BLE001 – the one boundary of a handshake
            await websocket.send_denial_response(denial(fault_of(error)))
            return
        await websocket.accept(subprotocol_of(websocket.scope["subprotocols"]))
        await serve(websocket, visit, settled)


async def serve(websocket: WebSocket, visit: Visit, settled: int, patience_s: float = PATIENCE_S) -> None:
    """Answer commands and show events until the viewer leaves, or does not keep up."""
    waiting: asyncio.Queue[str] = asyncio.Queue(MOST_WAITING)
    try:
        async with asyncio.TaskGroup() as group:
            writer = group.create_task(_write(websocket, waiting, patience_s))
            async with Line(visit, waiting, group, settled) as line:
                while (message := await websocket.receive())["type"] == "websocket.receive":
                    await line.take(message.get("text"))
            writer.cancel()
    except* ReadsTooSlowly:
        await _close(websocket, RESUME_LATER, "resume later")
    except* WebSocketDisconnect:
        pass
    except* Exception as broken:  # noqa: BLE001 – the one boundary of a socket
        await _give_up(websocket, fault_of(_first_of(broken)))


async def _write(websocket: WebSocket, waiting: asyncio.Queue[str], patience_s: float) -> NoReturn:
    """Send what waits, in order. Nobody else sends on this socket while this runs."""
    while True:
        text = await waiting.get()
        try:
            async with asyncio.timeout(patience_s):
                await websocket.send_text(text)
        except TimeoutError as error:
            raise ReadsTooSlowly from error


async def _give_up(websocket: WebSocket, fault: Fault) -> None:
    """Say why the events end here."""
    with suppress(TimeoutError, WebSocketDisconnect):
        async with asyncio.timeout(FAREWELL_S):
            await websocket.send_text(as_text(failure(None, fault)))
    await _close(websocket, GOING_WRONG, fault.code)


async def _close(websocket: WebSocket, code: int, reason: str) -> None:
    # The close frame waits behind what the viewer has not read. Who never reads it is cut off by the server.
    with suppress(TimeoutError, WebSocketDisconnect):
        async with asyncio.timeout(FAREWELL_S):
            await websocket.close(code, reason)


def _first_of(group: BaseExceptionGroup[Exception]) -> Exception:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, Exception)
    return error

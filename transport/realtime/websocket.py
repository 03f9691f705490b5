"""WebSocket endpoint: one connection from the handshake to the closing frame."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from graph.compose import Service
from transport.auth.authentication import (
    access_token_of,
    negotiate_subprotocol,
    user_of,
)
from transport.middleware.errors import prepare_handshake
from transport.protocol.encoding import encode_frame, error_reply, lagging_event
from transport.protocol.errors import TOKEN_EXPIRED, api_error_for
from transport.realtime.commands import RequestContext, context_of
from transport.realtime.connection_limits import ConnectionLimiter
from transport.realtime.send_queue import (
    CLOSE_TIMEOUT_S,
    SEND_TIMEOUT_S,
    OutboundFrame,
    ReaderTooSlow,
    SendQueue,
    send_timeout,
    sleep_until,
)
from transport.realtime.session import Session
from transport.server import FINAL_MESSAGE

logger = logging.getLogger(__name__)

CLOSE_INTERNAL_ERROR = 1011
CLOSE_TRY_AGAIN_LATER = 1013
CLOSE_TOKEN_EXPIRED = 4401


class TokenExpired(Exception):
    """The access token of the connection has expired."""


class WebSocketEndpoint:
    """WebSocket endpoint of `/threads/{thread_id}/stream/events`."""

    def __init__(self, service: Service, limiter: ConnectionLimiter) -> None:
        self._service = service
        self._limiter = limiter

    async def open(self, websocket: WebSocket) -> None:
        """Accept a connection and serve it until it closes."""
        with ExitStack() as slot:
            prepared = await prepare_handshake(websocket, self._prepare(websocket, slot))
            if prepared is None:
                return
            await websocket.accept(negotiate_subprotocol(websocket.scope["subprotocols"]))
            await serve(websocket, prepared, expires_at=access_token_of(websocket).expires_at)

    async def _prepare(self, websocket: WebSocket, slot: ExitStack) -> "PreparedSession":
        slot.enter_context(self._limiter.acquire(user_of(websocket)))
        context = context_of(websocket, self._service)
        return PreparedSession(context, await context.settled_seq())


@dataclass(frozen=True, slots=True)
class PreparedSession:
    """Session before its handshake: its context, and the last event of the runs that had ended by then."""

    context: RequestContext
    settled_seq: int


async def serve(
    websocket: WebSocket,
    prepared: PreparedSession,
    expires_at: float | None = None,
    timeout_s: float = SEND_TIMEOUT_S,
) -> None:
    """Serve commands and events until the client leaves, reads too slowly, or its token expires."""
    queue = SendQueue()
    try:
        async with asyncio.TaskGroup() as group:
            background = [group.create_task(_write(websocket, queue, timeout_s))]
            if expires_at is not None:
                background.append(group.create_task(_expire(expires_at)))
            async with Session(prepared.context, queue, group, prepared.settled_seq) as session:
                while (message := await websocket.receive())["type"] == "websocket.receive":
                    await session.handle(message.get("text"))
            for task in background:
                task.cancel()
    except* ReaderTooSlow as errors:
        slow = _first_leaf(errors)
        assert isinstance(slow, ReaderTooSlow)
        logger.info("Disconnecting a client that reads too slowly.", extra={"seq": slow.seq})
        await _close(websocket, lagging_event(slow.seq), CLOSE_TRY_AGAIN_LATER, "resume later")
    except* TokenExpired:
        await _close(websocket, error_reply(None, TOKEN_EXPIRED), CLOSE_TOKEN_EXPIRED, TOKEN_EXPIRED.code)
    except* WebSocketDisconnect:
        pass
    except* Exception as errors:  # noqa: BLE001 – exception boundary of a connection
        error = api_error_for(_first_leaf(errors))
        await _close(websocket, error_reply(None, error), CLOSE_INTERNAL_ERROR, error.code)


async def _write(websocket: WebSocket, queue: SendQueue, timeout_s: float) -> None:
    """Send the queued frames in order. Nothing else sends on the socket while this runs. Never returns."""
    last_seq = 0
    while True:
        frame: OutboundFrame | None = await queue.pop()
        async with send_timeout(timeout_s, last_seq) as restart:
            while frame is not None:
                await websocket.send_text(frame.text)
                last_seq = frame.seq or last_seq
                restart(last_seq)
                frame = queue.pop_nowait()


async def _expire(deadline: float) -> None:
    await sleep_until(deadline)
    raise TokenExpired


async def _close(websocket: WebSocket, frame: Mapping[str, Any], code: int, reason: str) -> None:
    """Send a final frame that says why, and close. If the client never reads it, the server aborts."""
    with suppress(TimeoutError, WebSocketDisconnect):
        async with asyncio.timeout(CLOSE_TIMEOUT_S):
            await websocket.send({"type": "websocket.send", "text": encode_frame(frame), FINAL_MESSAGE: True})
            await websocket.close(code, reason)


def _first_leaf(group: BaseExceptionGroup[Exception]) -> Exception:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, Exception)
    return error

"""The other door to the same events: server-sent events, for clients without WebSockets."""

import asyncio
from collections.abc import Mapping
from contextlib import ExitStack, aclosing, suppress
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from graph.compose import Service
from transport.auth.authentication import asker_of, denial, pass_of
from transport.protocol.commands import Subscribe, read_json
from transport.protocol.encoding import as_text, encode_event, failure, lagging
from transport.protocol.errors import EXPIRED, Fault, fault_of
from transport.realtime.commands import Visit, visit_of
from transport.realtime.connection_limits import Crowd
from transport.realtime.deadlines import until
from transport.realtime.send_queue import FAREWELL_S, PATIENCE_S, ReadsTooSlowly, no_longer_than
from transport.realtime.subscriptions import Subscription, events_after, shown, subscription_of
from transport.server import let_go

# Proxies close what says nothing for a minute.
SILENCE_S = 15.0
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class EventStream:
    """`POST /threads/{thread_id}/stream/events`. The body says what `subscription.subscribe` would."""

    def __init__(self, service: Service, closing: asyncio.Event, crowd: Crowd) -> None:
        self._service = service
        self._closing = closing
        self._crowd = crowd

    async def open(self, request: Request) -> Response:
        """Let a viewer in."""
        seat = ExitStack()
        try:
            seat.enter_context(self._crowd.seat(asker_of(request)))
            visit = visit_of(request, self._service)
            asked = read_json(Subscribe, await request.body())
            settled = await visit.settled_seq()
        except Exception as error:  # noqa: BLE001 – the one boundary of a request
            seat.close()
            return denial(fault_of(error))
        stay = Stay(pass_of(request).expires_at, seat, self._closing)
        return Events(visit, subscription_of(asked, settled), stay)


@dataclass(frozen=True, slots=True)
class Stay:
    """How long a viewer may stay: until a moment, or until the service closes; then its seat is free."""

    until: float | None
    seat: ExitStack
    closing: asyncio.Event


class Events(Response):
    """Shows events until the viewer leaves, may not stay, does not keep up, or the service closes."""

    media_type = "text/event-stream"

    def __init__(
        self, visit: Visit, subscription: Subscription, stay: Stay, patience_s: float = PATIENCE_S
    ) -> None:
        super().__init__(headers=HEADERS)
        del self.headers["content-length"]
        self._visit = visit
        self._subscription = subscription
        self._stay = stay
        self._patience_s = patience_s
        self._shown = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with events."""
        with self._stay.seat, suppress(TimeoutError, ReadsTooSlowly):
            try:
                last = await self._answer(receive, send)
            finally:
                let_go(scope)
            async with asyncio.timeout(FAREWELL_S):
                await send({"type": "http.response.body", "body": last.encode()})

    async def _answer(self, receive: Receive, send: Send) -> str:
        """Answer until there is no more to say but these last words."""
        await self._send(send, {"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        # Whichever comes to its end first ends all of them.
        tasks = [
            asyncio.create_task(self._show(send)),
            asyncio.create_task(self._keep_awake(send)),
            asyncio.create_task(_leave(receive)),
            asyncio.create_task(_close(self._stay.closing)),
            asyncio.create_task(_expire(self._stay.until)),
        ]
        try:
            ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return ended.pop().result()
        except ReadsTooSlowly as behind:
            return _lines_of(lagging(behind.seq))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _show(self, send: Send) -> str:
        try:
            async with aclosing(events_after(self._visit, self._subscription.passed)) as events:
                async for event in events:
                    if (wanted := shown(event, [self._subscription])) is not None:
                        await self._write(send, _lines_of(encode_event(wanted)))
                        self._shown = event.seq
        except ReadsTooSlowly:
            raise
        except Exception as error:  # noqa: BLE001 – the one boundary of a stream
            return _failed(fault_of(error))
        return ""

    async def _keep_awake(self, send: Send) -> str:
        while True:
            # The first one sends the headers on their way before anything happens.
            await self._write(send, ": still here\n\n")
            await asyncio.sleep(SILENCE_S)

    async def _write(self, send: Send, lines: str) -> None:
        await self._send(send, {"type": "http.response.body", "body": lines.encode(), "more_body": True})

    async def _send(self, send: Send, message: Message) -> None:
        async with no_longer_than(self._patience_s, self._shown):
            await send(message)


async def _leave(receive: Receive) -> str:
    while (await receive())["type"] != "http.disconnect":
        pass
    return ""


async def _close(closing: asyncio.Event) -> str:
    await closing.wait()
    return ""


async def _expire(moment: float | None) -> str:
    await until(moment)
    return _failed(EXPIRED)


def _failed(fault: Fault) -> str:
    return f"event: error\ndata: {as_text(failure(None, fault))}\n\n"


def _lines_of(frame: Mapping[str, Any]) -> str:
    return f"event: {frame['method']}\nid: {frame['seq']}\ndata: {as_text(frame)}\n\n"

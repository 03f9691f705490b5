"""Server-sent events endpoint: the events of a conversation for clients without WebSockets."""

import asyncio
import logging
from contextlib import ExitStack, aclosing, suppress
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from graph.compose import Service
from transport.auth.authentication import access_token_of, user_of
from transport.protocol.commands import Subscribe, parse_json
from transport.protocol.encoding import METHODS, encode_event_text, encode_frame, error_reply, lagging_event
from transport.protocol.errors import TOKEN_EXPIRED, ApiError, api_error_for
from transport.realtime.commands import RequestContext, context_of
from transport.realtime.connection_limits import ConnectionLimiter
from transport.realtime.send_queue import (
    CLOSE_TIMEOUT_S,
    SEND_TIMEOUT_S,
    ReaderTooSlow,
    send_timeout,
    sleep_until,
)
from transport.realtime.subscriptions import Subscription, follow_events, new_subscription, select_event
from transport.server import release_connection

logger = logging.getLogger(__name__)

# Proxies commonly close connections that are idle for a minute.
PING_INTERVAL_S = 15.0
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class SseEndpoint:
    """Endpoint `POST /threads/{thread_id}/stream/events`; its body is the params of a subscription."""

    def __init__(self, service: Service, closing: asyncio.Event, limiter: ConnectionLimiter) -> None:
        self._service = service
        self._closing = closing
        self._limiter = limiter

    async def open(self, request: Request) -> Response:
        """Open an event stream."""
        with ExitStack() as slot:
            slot.enter_context(self._limiter.acquire(user_of(request)))
            context = context_of(request, self._service)
            params = parse_json(Subscribe, await request.body())
            subscription = new_subscription(params, await context.settled_seq())
            lease = StreamLease(access_token_of(request).expires_at, slot.pop_all(), self._closing)
        return EventStreamResponse(context, subscription, lease)


@dataclass(frozen=True, slots=True)
class StreamLease:
    """Lifetime of a stream: until its token expires or the service shuts down; then its slot is released."""

    expires_at: float | None
    slot: ExitStack
    closing: asyncio.Event


class EventStreamResponse(Response):
    """Stream of events until the client leaves or reads too slowly, or its lease ends."""

    media_type = "text/event-stream"

    def __init__(
        self,
        context: RequestContext,
        subscription: Subscription,
        lease: StreamLease,
        timeout_s: float = SEND_TIMEOUT_S,
    ) -> None:
        super().__init__(headers=HEADERS)
        del self.headers["content-length"]
        self._context = context
        self._subscription = subscription
        self._lease = lease
        self._timeout_s = timeout_s
        self._last_seq = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream the events, then send a final message within `CLOSE_TIMEOUT_S`."""
        with self._lease.slot, suppress(TimeoutError, ReaderTooSlow):
            try:
                final_message = await self._stream(receive, send)
            finally:
                release_connection(scope)
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await send({"type": "http.response.body", "body": final_message.encode()})

    async def _stream(self, receive: Receive, send: Send) -> str:
        """Stream until any task ends; return the final message."""
        await self._send(send, {"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        tasks = [
            asyncio.create_task(self._send_events(send)),
            asyncio.create_task(self._send_pings(send)),
            asyncio.create_task(_wait_for_disconnect(receive)),
            asyncio.create_task(_wait_for_closing(self._lease.closing)),
            asyncio.create_task(_wait_for_expiry(self._lease.expires_at)),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return done.pop().result()
        except ReaderTooSlow as slow:
            logger.info("Disconnecting a client that reads too slowly.", extra={"seq": slow.seq})
            return _format_event(METHODS["lifecycle"], slow.seq, encode_frame(lagging_event(slow.seq)))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _send_events(self, send: Send) -> str:
        try:
            async with aclosing(follow_events(self._context, self._subscription.last_seq)) as events:
                async for event in events:
                    if (selected := select_event(event, [self._subscription])) is not None:
                        await self._write(
                            send,
                            _format_event(
                                METHODS[selected.channel], selected.seq, encode_event_text(selected)
                            ),
                        )
                        self._last_seq = event.seq
        except ReaderTooSlow:
            raise
        except Exception as error:  # noqa: BLE001 – exception boundary of a stream
            return _format_error(api_error_for(error))
        return ""

    async def _send_pings(self, send: Send) -> str:
        while True:
            # The first ping flushes the headers before any event occurs.
            await self._write(send, ": ping\n\n")
            await asyncio.sleep(PING_INTERVAL_S)

    async def _write(self, send: Send, text: str) -> None:
        await self._send(send, {"type": "http.response.body", "body": text.encode(), "more_body": True})

    async def _send(self, send: Send, message: Message) -> None:
        async with send_timeout(self._timeout_s, self._last_seq):
            await send(message)


async def _wait_for_disconnect(receive: Receive) -> str:
    while (await receive())["type"] != "http.disconnect":
        pass
    return ""


async def _wait_for_closing(closing: asyncio.Event) -> str:
    await closing.wait()
    return ""


async def _wait_for_expiry(deadline: float | None) -> str:
    await sleep_until(deadline)
    return _format_error(TOKEN_EXPIRED)


def _format_error(error: ApiError) -> str:
    return f"event: error\ndata: {encode_frame(error_reply(None, error))}\n\n"


def _format_event(method: str, seq: int, text: str) -> str:
    return f"event: {method}\nid: {seq}\ndata: {text}\n\n"

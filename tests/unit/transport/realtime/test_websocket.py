import asyncio
import json
from time import time
from typing import Any, cast

from starlette.types import Message
from starlette.websockets import WebSocket, WebSocketState

from store.errors import StoreUnavailable
from transport.realtime.commands import RequestContext
from transport.realtime.send_queue import MAX_FRAMES
from transport.realtime.websocket import PreparedSession, serve
from transport.server import FINAL_MESSAGE

COMMAND = '{"id": 1, "method": "run.explode"}'


class Peer:
    """The other side of a socket: says what it has to say, then stays; reads only while it wants to."""

    def __init__(self, *frames: str, reads: bool = True) -> None:
        self.frames = list(frames)
        self.reads = reads
        self.sent: list[Message] = []

    async def receive(self) -> Message:
        if self.frames:
            return {"type": "websocket.receive", "text": self.frames.pop(0)}
        await asyncio.Event().wait()
        raise AssertionError

    async def send(self, message: Message) -> None:
        if not self.reads and message["type"] == "websocket.send" and FINAL_MESSAGE not in message:
            await asyncio.Event().wait()
        self.sent.append(message)


async def serve_to(peer: Peer, visit: Any = None, stays_until: float | None = None) -> Message:
    """Serve an open socket to its end; give the last thing that was sent."""
    socket = WebSocket({"type": "websocket"}, peer.receive, peer.send)
    socket.client_state = socket.application_state = WebSocketState.CONNECTED
    async with asyncio.timeout(5):
        prepared = PreparedSession(cast(RequestContext, visit), 0)
        await serve(socket, prepared, stays_until, timeout_s=0.05)
    return peer.sent[-1]


async def test_a_viewer_that_does_not_read_is_told_to_come_back_later() -> None:
    peer = Peer(COMMAND, reads=False)
    last = await serve_to(peer)
    assert (last["type"], last["code"], last["reason"]) == ("websocket.close", 1013, "resume later")
    told = json.loads(peer.sent[-2]["text"])
    assert (told["method"], told["params"]["data"]["status"]) == ("lifecycle", "lagging")


async def test_a_viewer_whose_token_ends_is_told_and_closed() -> None:
    peer = Peer()
    last = await serve_to(peer, stays_until=time() + 0.05)
    assert (last["code"], last["reason"]) == (4401, "token_expired")
    assert json.loads(peer.sent[-2]["text"])["code"] == "token_expired"


async def test_a_viewer_that_talks_and_never_reads_cannot_fill_the_memory() -> None:
    peer = Peer(*[COMMAND] * 1000, reads=False)
    await serve_to(peer)
    assert len(peer.frames) > 1000 - 2 * MAX_FRAMES


async def test_a_feed_that_breaks_says_why_before_the_socket_closes() -> None:
    class RunService:
        async def last_seq(self, conversation: object) -> int:
            return 0

        async def watch(self, *_: object) -> Any:
            raise StoreUnavailable("no route to 10.0.0.7")
            yield

    service: Any = type("Service", (), {"runner": RunService()})()
    visit = RequestContext(service, "me", cast(Any, None))
    subscribe = '{"id": 1, "method": "subscription.subscribe", "params": {"channels": ["values"]}}'
    peer = Peer(subscribe)
    last = await serve_to(peer, visit)
    assert (last["code"], last["reason"]) == (1011, "store_unavailable")
    assert '"code":"store_unavailable"' in peer.sent[-2]["text"]
    assert "10.0.0.7" not in peer.sent[-2]["text"]

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from time import time
from typing import Any, cast
from uuid import UUID, uuid4

from starlette.types import Message, Scope

from store.errors import StoreUnavailable
from store.runs.events import LoggedEvent
from transport.realtime.commands import RequestContext
from transport.realtime.sse import EventStreamResponse, StreamLease
from transport.realtime.subscriptions import Subscription
from transport.server import FINAL_MESSAGE

CONVERSATION = uuid4()
ONE = LoggedEvent(1, CONVERSATION, "values", {"answer": "42"}, None, datetime(2026, 11, 21, tzinfo=UTC))


class Watched:
    """One event, or more, then whatever comes; knows whether anybody still looks."""

    def __init__(self, fails: bool = False, events: int = 1) -> None:
        self.fails = fails
        self.events = events
        self.looked_at = False

    async def watch(
        self, user: str, conversation: UUID, since: int
    ) -> AsyncGenerator[Sequence[LoggedEvent], None]:
        self.looked_at = True
        try:
            yield [replace(ONE, seq=seq) for seq in range(1, self.events + 1)]
            if self.fails:
                raise StoreUnavailable("no route to 10.0.0.7")
            await asyncio.Event().wait()
        finally:
            self.looked_at = False


class Client:
    """Hears what is sent, and may leave."""

    def __init__(self) -> None:
        self.heard = ""
        self.over = False
        self.leaving = asyncio.Event()
        self.news = asyncio.Event()

    async def receive(self) -> Message:
        await self.leaving.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.heard += message.get("body", b"").decode()
        self.over = message["type"] == "http.response.body" and not message.get("more_body")
        self.news.set()

    async def until(self, words: str) -> None:
        while words not in self.heard:
            self.news.clear()
            await self.news.wait()


class Deaf(Client):
    """Takes one piece; what comes then waits until the server lets go."""

    def __init__(self) -> None:
        super().__init__()
        self.release = asyncio.Event()
        self.lines = 0

    async def send(self, message: Message) -> None:
        self.lines += b"data:" in message.get("body", b"")
        if self.lines > 1:
            await self.release.wait()
        await super().send(message)


def answering(
    watched: Watched,
    client: Client,
    closing: asyncio.Event,
    until: float | None = None,
    slot: ExitStack | None = None,
) -> "asyncio.Task[None]":
    service: Any = type("Service", (), {"runner": watched})()
    context = RequestContext(cast(Any, service), "me", CONVERSATION)
    lease = StreamLease(until, slot or ExitStack(), closing)
    events = EventStreamResponse(
        context, Subscription("one", frozenset({"values"}), 0), lease, timeout_s=0.05
    )
    scope: Scope = {"type": "http"}
    if isinstance(client, Deaf):
        scope["extensions"] = {FINAL_MESSAGE: {"release": client.release.set}}
    return asyncio.create_task(events(scope, client.receive, client.send))


async def test_who_leaves_is_forgotten() -> None:
    watched, client = Watched(), Client()
    answer = answering(watched, client, asyncio.Event())
    await client.until('"answer":"42"')
    client.leaving.set()
    await answer
    assert not watched.looked_at


async def test_a_service_that_closes_ends_its_streams() -> None:
    client, closing = Client(), asyncio.Event()
    answer = answering(Watched(), client, closing)
    await client.until('"answer":"42"')
    closing.set()
    await answer
    assert client.over


async def test_a_viewer_whose_token_ends_is_told_and_left() -> None:
    client = Client()
    await answering(Watched(), client, asyncio.Event(), time() + 0.05)
    assert '"code":"token_expired"' in client.heard
    assert client.over


async def test_a_stream_that_breaks_says_why_and_ends() -> None:
    client = Client()
    await answering(Watched(fails=True), client, asyncio.Event())
    assert "event: error" in client.heard
    assert '"code":"store_unavailable"' in client.heard
    assert "10.0.0.7" not in client.heard


async def test_who_does_not_read_is_told_where_to_go_on_and_gives_up_its_slot() -> None:
    watched, client, slot = Watched(events=9), Deaf(), ExitStack()
    left: list[bool] = []
    slot.callback(lambda: left.append(True))
    await answering(watched, client, asyncio.Event(), slot=slot)
    assert not watched.looked_at
    assert left == [True]
    last = client.heard.strip().rpartition("\n\n")[2].splitlines()
    assert last[:2] == ["event: lifecycle", "id: 1"]
    assert '"status":"lagging"' in last[2]
    assert client.over


async def test_a_token_that_ends_ends_also_who_does_not_read() -> None:
    client = Deaf()
    await answering(Watched(events=9), client, asyncio.Event(), time() - 1)
    assert '"code":"token_expired"' in client.heard

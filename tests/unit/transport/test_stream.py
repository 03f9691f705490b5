import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from time import time
from typing import Any, cast
from uuid import UUID, uuid4

from starlette.types import Message

from store.errors import StoreUnavailable
from store.event_batches import LoggedEvent
from transport.following import Subscription
from transport.stream import Events, Stay
from transport.visit import Visit

CONVERSATION = uuid4()
ONE = LoggedEvent(1, CONVERSATION, "values", {"answer": "42"}, None, datetime(2026, 11, 21, tzinfo=UTC))


class Watched:
    """One event, then whatever comes; knows whether anybody still looks."""

    def __init__(self, fails: bool = False) -> None:
        self.fails = fails
        self.looked_at = False

    async def watch(
        self, asker: str, conversation: UUID, since: int
    ) -> AsyncGenerator[Sequence[LoggedEvent], None]:
        self.looked_at = True
        try:
            yield [ONE]
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


def answering(
    watched: Watched, client: Client, closing: asyncio.Event, until: float | None = None
) -> "asyncio.Task[None]":
    service: Any = type("Service", (), {"runner": watched})()
    visit = Visit(cast(Any, service), "me", CONVERSATION)
    events = Events(visit, Subscription("one", frozenset({"values"}), 0), Stay(until, ExitStack(), closing))
    return asyncio.create_task(events({"type": "http"}, client.receive, client.send))


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

"""Following: who reads the log again, and when."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID, uuid4

import pytest

from graph.watching import Watching
from store.event_batches import LoggedEvent

HERE = uuid4()


def event(seq: int) -> LoggedEvent:
    return LoggedEvent(seq, uuid4(), "custom", {}, "step", datetime.now(UTC))


class Log:
    """A log that counts how often it is read, and news that the test makes."""

    def __init__(self, *kept: LoggedEvent) -> None:
        self.kept = list(kept)
        self.reads = 0
        self.news: asyncio.Queue[str] = asyncio.Queue()

    async def events_after(self, conversation: UUID, since: int) -> list[LoggedEvent]:
        self.reads += 1
        return [event for event in self.kept if event.seq > since]

    async def last_seqs(self, conversations: Sequence[UUID]) -> dict[UUID, int]:
        return dict.fromkeys(conversations, self.kept[-1].seq)

    async def hear_events(self) -> AsyncGenerator[str, None]:
        while True:
            yield await self.news.get()


async def test_events_of_this_process_send_nobody_to_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graph.watching.LOOK_AGAIN_S", 0.0)
    log = Log(event(1))
    watching = Watching(cast(Any, log))
    async with aclosing(watching.follow(HERE, 0)) as pages:
        await anext(pages)
        following = asyncio.ensure_future(anext(pages))
        await asyncio.sleep(0)
        log.kept.append(event(2))
        watching.tell(HERE, [event(2)])
        assert [event.seq for event in await following] == [2]
        looking = asyncio.create_task(watching.look_again())
        following = asyncio.ensure_future(anext(pages))
        await asyncio.sleep(0.02)
        assert log.reads == 2
        log.kept.append(event(3))
        assert [event.seq for event in await following] == [3], "what nobody told is found by looking"
        looking.cancel()


async def test_news_of_another_process_is_read_in_the_log() -> None:
    log = Log(event(1))
    watching = Watching(cast(Any, log))
    hearing = asyncio.create_task(watching.hear())
    async with asyncio.timeout(5), aclosing(watching.follow(HERE, 0)) as pages:
        await anext(pages)
        log.kept.append(event(2))
        log.news.put_nowait(f"{HERE}:2")
        assert [event.seq for event in await anext(pages)] == [2]
    hearing.cancel()

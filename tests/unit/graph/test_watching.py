"""Following: news of what this process wrote itself does not send its viewers to the log."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID, uuid4

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

    async def listen(self, channel: str) -> AsyncGenerator[str, None]:
        while True:
            yield await self.news.get()


async def test_news_that_comes_before_the_events_themselves_sends_nobody_to_the_log() -> None:
    log = Log(event(1))
    watching = Watching(cast(Any, log))
    hearing = asyncio.create_task(watching.hear())
    async with aclosing(watching.follow(HERE, 0)) as pages:
        await anext(pages)
        following = asyncio.ensure_future(anext(pages))
        log.news.put_nowait(f"{HERE}:2")
        for _ in range(5):
            await asyncio.sleep(0)
        assert log.news.empty()
        watching.tell(HERE, [event(2)])
        assert [event.seq for event in await following] == [2]
        assert log.reads == 2
    hearing.cancel()


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

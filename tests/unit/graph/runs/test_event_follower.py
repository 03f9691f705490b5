"""Following: who reads the log again, and when."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID, uuid4

import pytest

from graph.runs.event_follower import MAX_BUFFERED_EVENTS, EventBroadcaster, EventFollower
from store.runs.events import LoggedEvent

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

    async def listen_for_events(self) -> AsyncGenerator[str, None]:
        while True:
            yield await self.news.get()


async def test_events_of_this_process_send_nobody_to_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graph.runs.event_follower.POLL_INTERVAL_S", 0.0)
    log = Log(event(1))
    follower = EventFollower(cast(Any, log))
    async with aclosing(follower.follow(HERE, 0)) as pages:
        await anext(pages)
        following = asyncio.ensure_future(anext(pages))
        await asyncio.sleep(0)
        log.kept.append(event(2))
        follower.publish(HERE, [event(2)])
        assert [event.seq for event in await following] == [2]
        looking = asyncio.create_task(follower.poll())
        following = asyncio.ensure_future(anext(pages))
        await asyncio.sleep(0.02)
        assert log.reads == 2
        log.kept.append(event(3))
        assert [event.seq for event in await following] == [3], "what nobody told is found by looking"
        looking.cancel()


async def test_news_of_another_process_is_read_in_the_log() -> None:
    log = Log(event(1))
    follower = EventFollower(cast(Any, log))
    hearing = asyncio.create_task(follower.listen())
    async with asyncio.timeout(5), aclosing(follower.follow(HERE, 0)) as pages:
        await anext(pages)
        log.kept.append(event(2))
        log.news.put_nowait(f"{HERE}:2")
        assert [event.seq for event in await anext(pages)] == [2]
    hearing.cancel()


async def test_a_viewer_gets_what_was_told_in_order() -> None:
    broadcaster = EventBroadcaster()
    with broadcaster.subscribe(HERE) as subscription:
        broadcaster.publish(HERE, [event(1), event(2)])
        broadcaster.publish(HERE, [event(3)])
        news = await subscription.next()

    assert news is not None
    assert [event.seq for event in news] == [1, 2, 3]


async def test_a_viewer_who_falls_behind_is_sent_to_the_log() -> None:
    broadcaster = EventBroadcaster()
    with broadcaster.subscribe(HERE) as subscription:
        for seq in range(1, MAX_BUFFERED_EVENTS + 2):
            broadcaster.publish(HERE, [event(seq)])

        assert await subscription.next() is None


async def test_a_hint_about_events_of_our_own_is_no_news() -> None:
    broadcaster = EventBroadcaster()
    with broadcaster.subscribe(HERE) as subscription:
        broadcaster.publish(HERE, [event(1)])
        await subscription.next()
        broadcaster.notify(HERE, 1)
        broadcaster.publish(HERE, [event(2)])
        news = await subscription.next()

    assert news is not None
    assert [event.seq for event in news] == [2]


async def test_a_hint_from_another_process_sends_to_the_log() -> None:
    broadcaster = EventBroadcaster()
    with broadcaster.subscribe(HERE) as subscription:
        broadcaster.notify(HERE, 5)

        assert await subscription.next() is None


async def test_other_conversations_are_not_heard() -> None:
    broadcaster = EventBroadcaster()
    with broadcaster.subscribe(HERE) as subscription:
        broadcaster.publish(uuid4(), [event(9)])
        broadcaster.publish(HERE, [event(1)])
        news = await subscription.next()

    assert news is not None
    assert [event.seq for event in news] == [1]


async def test_a_hint_about_what_a_viewer_read_in_the_log_is_no_news() -> None:
    broadcaster = EventBroadcaster()
    with broadcaster.subscribe(HERE) as subscription:
        subscription.mark_read(4)
        broadcaster.notify(HERE, 4)
        broadcaster.publish(HERE, [event(5)])
        news = await subscription.next()

    assert news is not None
    assert [event.seq for event in news] == [5]

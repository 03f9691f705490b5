import asyncio
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from langgraph_sdk.stream.subscription import namespace_matches

from store.runs.events import LoggedEvent
from transport.protocol.commands import Subscribe
from transport.protocol.encoding import encode_event
from transport.protocol.errors import RequestRefused
from transport.realtime import subscriptions
from transport.realtime.commands import RequestContext
from transport.realtime.subscriptions import (
    MAX_SUBSCRIPTIONS,
    EventFeed,
    Subscription,
    new_subscription,
    resume_subscription,
)

CONVERSATION = uuid4()


class Log:
    """A log that has so many events, and never gets more."""

    def __init__(self, length: int) -> None:
        at = datetime(2026, 11, 21, tzinfo=UTC)
        channels = ["messages", "custom"]
        self.events = [
            LoggedEvent(seq, CONVERSATION, channels[seq % 2], {}, None, at) for seq in range(1, length + 1)
        ]

    async def watch(
        self, user: str, conversation: UUID, since: int = 0
    ) -> AsyncGenerator[Sequence[LoggedEvent], None]:
        for event in self.events[since:]:
            yield [event]
        await asyncio.Event().wait()


class Viewer:
    """Takes events one at a time, when told to."""

    def __init__(self, length: int) -> None:
        self.seen: list[int] = []
        self.room = asyncio.Semaphore(0)
        self.took = asyncio.Event()
        service: Any = type("Service", (), {"runner": Log(length)})()
        self.visit = RequestContext(cast(Any, service), "me", CONVERSATION)

    async def show(self, event: LoggedEvent) -> None:
        await self.room.acquire()
        self.seen.append(event.seq)
        self.took.set()

    async def until(self, count: int) -> list[int]:
        while len(self.seen) < count:
            self.took.clear()
            self.room.release()
            await self.took.wait()
        return self.seen


def step(status: str) -> LoggedEvent:
    payload = {"node": "execute", "status": status, "ms": 1.0, "values": {"row_count": 3}}
    return LoggedEvent(9, CONVERSATION, "custom", payload, "step", datetime(2026, 11, 21, tzinfo=UTC))


@pytest.mark.parametrize(
    ("channels", "as_what"),
    [
        (["custom"], "custom"),
        (["*"], "custom"),
        (["updates"], "updates"),
        (["custom", "updates"], "updates"),
        (["*", "updates"], "updates"),
        (["messages"], None),
    ],
)
def test_the_end_of_a_step_is_an_update_to_who_wants_updates(
    channels: list[str], as_what: str | None
) -> None:
    event = subscriptions.select_event(step("finished"), [wanting(*channels)])
    assert (event and event.channel) == as_what
    if as_what == "updates":
        assert event is not None
        assert event.payload == {"node": "execute", "values": {"row_count": 3}}


def test_the_beginning_of_a_step_is_no_update() -> None:
    assert subscriptions.select_event(step("started"), [wanting("updates")]) is None


def wanting(*channels: str, since: int = 0) -> Subscription:
    return new_subscription(Subscribe(channels=list(channels), since=since), 0)


async def select_event(viewer: Viewer, count: int, *subscriptions: Subscription) -> list[int]:
    """Add subscriptions one after the other, each after another event was taken."""
    async with asyncio.TaskGroup() as group:
        feed = EventFeed(viewer.visit, viewer.show, group)
        for nth, subscription in enumerate(subscriptions):
            await viewer.until(nth)
            async with feed.paused():
                feed.add([subscription])
        await viewer.until(count)
        await feed.stop()
    return viewer.seen


async def test_a_subscription_brings_its_channels_in_order() -> None:
    assert await select_event(Viewer(9), 4, wanting("messages")) == [2, 4, 6, 8]


async def test_pausing_in_the_middle_loses_nothing_and_repeats_nothing() -> None:
    everything = wanting("messages", "custom")
    others = [wanting("values", since=9) for _ in range(6)]
    assert await select_event(Viewer(9), 9, everything, *others) == list(range(1, 10))


async def test_a_later_subscription_first_gets_what_it_missed_then_all_go_on() -> None:
    seen = await select_event(Viewer(6), 5, wanting("messages", "custom", since=4), wanting("custom"))
    assert seen == [5, 1, 3, 5, 6]


def test_who_does_not_say_since_begins_where_it_is_told() -> None:
    assert new_subscription(Subscribe(channels=["values"]), 17).last_seq == 17


def test_a_name_is_enough_to_take_a_subscription_up_again() -> None:
    first = new_subscription(Subscribe(channels=["values", "custom:rows"]), 0)
    assert resume_subscription(first.name, 5).channels == first.channels


@pytest.mark.parametrize("name", ["", "values", "x~gossip", "x~values,,custom"])
def test_a_name_that_we_never_gave_is_refused(name: str) -> None:
    with pytest.raises(RequestRefused):
        resume_subscription(name, 0)


def test_there_is_a_limit_to_subscriptions() -> None:
    feed = EventFeed(cast(Any, None), cast(Any, None), cast(Any, None))
    feed.add([wanting("values") for _ in range(MAX_SUBSCRIPTIONS)])
    with pytest.raises(RequestRefused):
        feed.add([wanting("values")])


@pytest.mark.parametrize(
    "namespaces", [None, [], [[]], [["part"]], [["part"], []], [["part:1", "deeper"]], [[""]]]
)
@pytest.mark.parametrize("depth", [None, 0, 1])
def test_the_stock_client_finds_our_events_in_the_same_namespaces(
    namespaces: list[list[str]] | None, depth: int | None
) -> None:
    asked = Subscribe.model_validate({"channels": ["lifecycle"], "namespaces": namespaces, "depth": depth})
    event = LoggedEvent(
        1, CONVERSATION, "lifecycle", {"event": "running"}, None, datetime(2026, 11, 21, tzinfo=UTC)
    )
    theirs = namespace_matches(encode_event(event)["params"]["namespace"], namespaces, depth)
    assert new_subscription(asked, 0).matches(event) is theirs

"""What a viewer wants to see of a conversation, and the stream that shows it."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Collection, Iterable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from uuid import uuid4

from store.runs.events import LoggedEvent
from transport.protocol.commands import Subscribe, is_channel
from transport.protocol.errors import Refused
from transport.realtime.commands import Visit

EVERYTHING = "*"
# Each is looked at for every event.
MOST_SUBSCRIPTIONS = 32


@dataclass
class Subscription:
    """Some channels of a conversation, and the last event that it has passed.

    Its name tells its channels, so that another socket, on another server, can take it up again.
    """

    name: str
    channels: frozenset[str]
    passed: int

    def wants(self, event: LoggedEvent) -> bool:
        """Is this one of its events, and new to it?"""
        return event.seq > self.passed and (
            event.channel in self.channels
            or f"{event.channel}:{event.name}" in self.channels
            or (EVERYTHING in self.channels and event.channel != "updates")
        )


def shown(event: LoggedEvent, subscriptions: Collection[Subscription]) -> LoggedEvent | None:
    """Give the event as these want it, if they do.

    The end of a step is what the protocol calls an update: who subscribes to `updates` gets it as one.
    """
    if event.name == "step" and event.payload["status"] == "finished":
        told = {"node": event.payload["node"], "values": event.payload["values"] or {}}
        update = replace(event, channel="updates", name=None, payload=told, text=None)
        if any(subscription.wants(update) for subscription in subscriptions):
            return update
    return event if any(subscription.wants(event) for subscription in subscriptions) else None


def subscription_of(asked: Subscribe, otherwise_since: int) -> Subscription:
    """Make a subscription.

    All our events are of the root namespace: only an empty prefix fits it, at any depth.
    """
    ours = not asked.namespaces or [] in asked.namespaces
    channels = sorted(set(asked.channels)) if ours else []
    since = otherwise_since if asked.since is None else asked.since
    return Subscription(f"{uuid4().hex[:8]}~{','.join(channels)}", frozenset(channels), since)


def subscription_named(name: str, since: int) -> Subscription:
    """Take up a subscription again. Raises `Refused` for a name that we never gave."""
    _, tilde, joined = name.partition("~")
    channels = joined.split(",") if joined else []
    if not tilde or not all(is_channel(channel) for channel in channels):
        raise Refused("no_such_subscription", "There is no such subscription.")
    return Subscription(name, frozenset(channels), since)


async def events_after(visit: Visit, since: int) -> AsyncGenerator[LoggedEvent, None]:
    """Give every event after `since`, and never end. Raises `NotFound`, `StoreUnavailable`."""
    async with aclosing(visit.service.runner.watch(visit.asker, visit.conversation, since)) as batches:
        async for batch in batches:
            for event in batch:
                yield event


class Feed:
    """Shows a conversation to one socket, in order.

    An event that several subscriptions want goes out once. A subscription that wants older events gets them
    when it comes, then all go on together.
    """

    def __init__(
        self, visit: Visit, show: Callable[[LoggedEvent], Awaitable[None]], group: asyncio.TaskGroup
    ) -> None:
        self._visit = visit
        self._show = show
        self._group = group
        self._subscriptions: dict[str, Subscription] = {}
        self._following: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def paused(self) -> AsyncIterator[None]:
        """Stop between two events, and go on when the block ends."""
        await self.stop()
        try:
            yield
        finally:
            if self._subscriptions:
                self._following = self._group.create_task(self._follow())

    async def stop(self) -> None:
        """Show nothing more."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.wait([self._following])
            self._following = None

    def add(self, subscriptions: Iterable[Subscription]) -> None:
        """Show what these want too. Raises `Refused` when there are too many."""
        more = self._subscriptions | {subscription.name: subscription for subscription in subscriptions}
        if len(more) > MOST_SUBSCRIPTIONS:
            raise Refused(
                "invalid_argument", f"A socket has at most {MOST_SUBSCRIPTIONS} subscriptions at a time."
            )
        self._subscriptions = more

    def drop(self, name: str) -> None:
        """Forget a subscription. Raises `Refused` when there is none of this name."""
        if self._subscriptions.pop(name, None) is None:
            raise Refused("no_such_subscription", "There is no such subscription on this socket.")

    async def _follow(self) -> None:
        since = min(subscription.passed for subscription in self._subscriptions.values())
        visit = self._visit
        async with aclosing(visit.service.runner.watch(visit.asker, visit.conversation, since)) as pages:
            async for page in pages:
                for event in page:
                    await self._pass(event)

    async def _pass(self, event: LoggedEvent) -> None:
        subscriptions = self._subscriptions.values()
        if (wanted := shown(event, subscriptions)) is not None:
            await self._show(wanted)
        # Not before: who is stopped while it waits to show an event has not shown it.
        for subscription in subscriptions:
            subscription.passed = max(subscription.passed, event.seq)

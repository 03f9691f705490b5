"""Event subscriptions of a connection, and the feed that delivers their events in order."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Collection, Iterable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from uuid import uuid4

from store.runs.events import LoggedEvent
from transport.protocol.commands import Subscribe, is_channel
from transport.protocol.errors import RequestRefused
from transport.realtime.commands import RequestContext

ALL_CHANNELS = "*"
# Every event is matched against each of them.
MAX_SUBSCRIPTIONS = 32


@dataclass
class Subscription:
    """Subscription to channels of a conversation; `last_seq` is the last event it has passed.

    Its name contains its channels, so that another connection, on any server, can resume it.
    """

    name: str
    channels: frozenset[str]
    last_seq: int

    def matches(self, event: LoggedEvent) -> bool:
        """Return whether the event is new and on one of the channels."""
        return event.seq > self.last_seq and (
            event.channel in self.channels
            or f"{event.channel}:{event.name}" in self.channels
            or (ALL_CHANNELS in self.channels and event.channel != "updates")
        )


def select_event(event: LoggedEvent, subscriptions: Collection[Subscription]) -> LoggedEvent | None:
    """Return the event in the form that the subscriptions need, or None if none matches.

    The protocol calls the end of a step an update: a subscription to `updates` receives it as one.
    """
    if event.name == "step" and event.payload["status"] == "finished":
        payload = {"node": event.payload["node"], "values": event.payload["values"] or {}}
        update = replace(event, channel="updates", name=None, payload=payload, text=None)
        if any(subscription.matches(update) for subscription in subscriptions):
            return update
    return event if any(subscription.matches(event) for subscription in subscriptions) else None


def new_subscription(params: Subscribe, default_since: int) -> Subscription:
    """Create a subscription.

    All events are in the root namespace: only the empty prefix matches it, at any depth.
    """
    matches_root = not params.namespaces or [] in params.namespaces
    channels = sorted(set(params.channels)) if matches_root else []
    since = default_since if params.since is None else params.since
    return Subscription(f"{uuid4().hex[:8]}~{','.join(channels)}", frozenset(channels), since)


def resume_subscription(name: str, since: int) -> Subscription:
    """Recreate a subscription from its name. Raises `RequestRefused` if the name is invalid."""
    _, separator, joined = name.partition("~")
    channels = joined.split(",") if joined else []
    if not separator or not all(is_channel(channel) for channel in channels):
        raise RequestRefused("no_such_subscription", "Subscription not found.")
    return Subscription(name, frozenset(channels), since)


async def follow_events(context: RequestContext, since: int) -> AsyncGenerator[LoggedEvent, None]:
    """Yield every event after `since`, without end. Raises `NotFound`, `StoreUnavailable`."""
    async with aclosing(context.service.runner.watch(context.user, context.conversation, since)) as batches:
        async for batch in batches:
            for event in batch:
                yield event


class EventFeed:
    """Event feed of one connection: delivers the events of all its subscriptions, in order.

    An event that several subscriptions match is sent once. A new subscription to older events receives those
    first; then all continue together.
    """

    def __init__(
        self,
        context: RequestContext,
        deliver: Callable[[LoggedEvent], Awaitable[None]],
        group: asyncio.TaskGroup,
    ) -> None:
        self._context = context
        self._deliver = deliver
        self._group = group
        self._subscriptions: dict[str, Subscription] = {}
        self._task: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def paused(self) -> AsyncIterator[None]:
        """Pause between two events; resume at the end of the block."""
        await self.stop()
        try:
            yield
        finally:
            if self._subscriptions:
                self._task = self._group.create_task(self._follow())

    async def stop(self) -> None:
        """Stop delivering events."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None

    def add(self, subscriptions: Iterable[Subscription]) -> None:
        """Add subscriptions. Raises `RequestRefused` if there are too many."""
        merged = self._subscriptions | {subscription.name: subscription for subscription in subscriptions}
        if len(merged) > MAX_SUBSCRIPTIONS:
            raise RequestRefused(
                "invalid_argument", f"A connection can have at most {MAX_SUBSCRIPTIONS} subscriptions."
            )
        self._subscriptions = merged

    def remove(self, name: str) -> None:
        """Remove a subscription. Raises `RequestRefused` if there is none of this name."""
        if self._subscriptions.pop(name, None) is None:
            raise RequestRefused("no_such_subscription", "This connection has no such subscription.")

    async def _follow(self) -> None:
        since = min(subscription.last_seq for subscription in self._subscriptions.values())
        context = self._context
        async with aclosing(
            context.service.runner.watch(context.user, context.conversation, since)
        ) as batches:
            async for batch in batches:
                for event in batch:
                    await self._process(event)

    async def _process(self, event: LoggedEvent) -> None:
        subscriptions = self._subscriptions.values()
        if (selected := select_event(event, subscriptions)) is not None:
            await self._deliver(selected)
        # Only after delivery: a feed that is stopped while waiting to deliver an event has not delivered it.
        for subscription in subscriptions:
            subscription.last_seq = max(subscription.last_seq, event.seq)

"""Event follower: replays a conversation's log to viewers, then passes on new events of any process."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from store.errors import StoreUnavailable
from store.runs.events import LoggedEvent
from store.runs.runs import RunStore

logger = logging.getLogger(__name__)

# Beyond these a viewer counts as slow: its buffer is dropped, and it reads the log again.
MAX_BUFFERED_EVENTS = 256
MAX_BUFFERED_BYTES = 1024 * 1024
# A lost notification delays viewers in other processes by at most this time.
POLL_INTERVAL_S = 5.0
# Conversations checked by one statement.
POLL_BATCH = 1_000


class LogSubscription:
    """Bounded buffer of events for one viewer. After an overflow the viewer must read the log again."""

    def __init__(self) -> None:
        self._events: list[LoggedEvent] = []
        self._bytes = 0
        self._stale = False
        self._last_seq = 0
        self._ready = asyncio.Event()

    def push(self, events: Sequence[LoggedEvent]) -> None:
        """Buffer new events, in order."""
        size = self._bytes + sum(event.size for event in events)
        # An empty buffer takes a batch of any size; the limits apply only to what has piled up.
        if self._events and (
            len(self._events) + len(events) > MAX_BUFFERED_EVENTS or size > MAX_BUFFERED_BYTES
        ):
            self.invalidate()
            return
        self._bytes = size
        self._events.extend(events)
        self._last_seq = max(self._last_seq, events[-1].seq)
        self._ready.set()

    def notify(self, seq: int) -> None:
        """Note that the log has reached this number; ignored if the viewer already has that event."""
        if seq > self._last_seq:
            self._last_seq = seq
            self.invalidate()

    def mark_read(self, seq: int) -> None:
        """Note that the viewer has read the log up to this number."""
        self._last_seq = max(self._last_seq, seq)

    def invalidate(self) -> None:
        """Drop the buffer: the viewer must read the log again."""
        self._events.clear()
        self._bytes = 0
        self._stale = True
        self._ready.set()

    async def next(self) -> Sequence[LoggedEvent] | None:
        """Wait for new events; None if the log must be read again."""
        await self._ready.wait()
        self._ready.clear()
        events = tuple(self._events)
        self._events.clear()
        self._bytes = 0
        if self._stale:
            self._stale = False
            return None
        return events


class EventBroadcaster:
    """Registry of the viewers in this process, by conversation."""

    def __init__(self) -> None:
        self._viewers: defaultdict[UUID, set[LogSubscription]] = defaultdict(set)

    @contextmanager
    def subscribe(self, conversation_id: UUID) -> Iterator[LogSubscription]:
        """Subscribe to a conversation for as long as the block lasts."""
        subscription = LogSubscription()
        self._viewers[conversation_id].add(subscription)
        try:
            yield subscription
        finally:
            self._viewers[conversation_id].discard(subscription)
            if not self._viewers[conversation_id]:
                del self._viewers[conversation_id]

    def publish(self, conversation_id: UUID, events: Sequence[LoggedEvent]) -> None:
        """Push events of this process to all viewers of the conversation."""
        for subscription in self._viewers.get(conversation_id, ()):
            subscription.push(events)

    def notify(self, conversation_id: UUID, seq: int) -> None:
        """Tell all viewers of the conversation that its log has reached this number, in any process."""
        for subscription in self._viewers.get(conversation_id, ()):
            subscription.notify(seq)

    @property
    def conversations(self) -> Sequence[UUID]:
        """The conversations that have viewers."""
        return tuple(self._viewers)


class EventFollower:
    """Lets any number of viewers in this process follow conversations."""

    def __init__(self, store: RunStore) -> None:
        self._store = store
        self._broadcaster = EventBroadcaster()

    def publish(self, conversation_id: UUID, events: Sequence[LoggedEvent]) -> None:
        """Push events of this process to all viewers of the conversation."""
        self._broadcaster.publish(conversation_id, events)

    async def follow(self, conversation_id: UUID, since: int) -> AsyncGenerator[Sequence[LoggedEvent], None]:
        """Yield every event after `since` in order, exactly once; then wait for more, indefinitely."""
        with self._broadcaster.subscribe(conversation_id) as subscription:
            subscription.mark_read(since)
            async for page in self._pages(conversation_id, since):
                since = page[-1].seq
                subscription.mark_read(since)
                yield page
            while True:
                pushed = await subscription.next()
                events = [event for event in pushed or () if event.seq > since]
                if pushed is not None and (not events or events[0].seq == since + 1):
                    if events:
                        since = events[-1].seq
                        yield events
                    continue
                async for page in self._pages(conversation_id, since):
                    since = page[-1].seq
                    yield page

    async def _pages(self, conversation_id: UUID, since: int) -> AsyncIterator[Sequence[LoggedEvent]]:
        while page := await self._store.events_after(conversation_id, since):
            since = page[-1].seq
            yield page

    async def listen(self) -> None:
        """Notify viewers of events that other processes wrote. Never returns."""
        async for payload in self._store.listen_for_events():
            conversation_id, _, seq = payload.partition(":")
            self._broadcaster.notify(UUID(conversation_id), int(seq))

    async def poll(self) -> None:
        """Compensate for lost notifications by polling. Never returns."""
        while True:
            await asyncio.sleep(POLL_INTERVAL_S)
            try:
                await self._check_for_events()
            except StoreUnavailable:
                logger.warning("events not polled: the store is unavailable")

    async def _check_for_events(self) -> None:
        """Compare the last event numbers in batches: most viewers have missed nothing."""
        conversations = self._broadcaster.conversations
        for start in range(0, len(conversations), POLL_BATCH):
            batch = conversations[start : start + POLL_BATCH]
            for conversation_id, seq in (await self._store.last_seqs(batch)).items():
                self._broadcaster.notify(conversation_id, seq)

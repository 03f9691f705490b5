"""Following conversations: what is in the log, then what comes, wherever it is written."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from store.errors import StoreUnavailable
from store.runs.events import LoggedEvent
from store.runs.runs import Ledger

# Beyond this a viewer is behind, and reads the log again instead of being waited for.
MOST_WAITING = 256
MOST_BYTES = 1024 * 1024


class Subscription:
    """What one viewer has not read yet: bounded. After an overflow it only knows to look again."""

    def __init__(self) -> None:
        self._events: list[LoggedEvent] = []
        self._bytes = 0
        self._look_again = False
        self._newest = 0
        self._news = asyncio.Event()

    def push(self, events: Sequence[LoggedEvent]) -> None:
        """Hand over new events, in order."""
        size = self._bytes + sum(event.size for event in events)
        # Who waits for news takes whatever comes; only what nobody has taken yet piles up.
        if self._events and (len(self._events) + len(events) > MOST_WAITING or size > MOST_BYTES):
            self.look_again()
            return
        self._bytes = size
        self._events.extend(events)
        self._newest = max(self._newest, events[-1].seq)
        self._news.set()

    def hint(self, seq: int) -> None:
        """Say that the log has come to this number; no news to who was handed it."""
        if seq > self._newest:
            self._newest = seq
            self.look_again()

    def passed(self, seq: int) -> None:
        """Say that the log was read up to this number: hints of it are no news."""
        self._newest = max(self._newest, seq)

    def look_again(self) -> None:
        """Forget what was handed over: the log must be read again."""
        self._events.clear()
        self._bytes = 0
        self._look_again = True
        self._news.set()

    async def next(self) -> Sequence[LoggedEvent] | None:
        """Wait for news: events, or None when the log must be read again."""
        await self._news.wait()
        self._news.clear()
        events = tuple(self._events)
        self._events.clear()
        self._bytes = 0
        if self._look_again:
            self._look_again = False
            return None
        return events


class Broadcast:
    """Who watches which conversation in this process."""

    def __init__(self) -> None:
        self._viewers: defaultdict[UUID, set[Subscription]] = defaultdict(set)

    @contextmanager
    def subscribed(self, conversation: UUID) -> Iterator[Subscription]:
        """Follow a conversation for as long as the block lasts."""
        subscription = Subscription()
        self._viewers[conversation].add(subscription)
        try:
            yield subscription
        finally:
            self._viewers[conversation].discard(subscription)
            if not self._viewers[conversation]:
                del self._viewers[conversation]

    def tell(self, conversation: UUID, events: Sequence[LoggedEvent]) -> None:
        """Hand events of this process to everybody who watches here."""
        for subscription in self._viewers.get(conversation, ()):
            subscription.push(events)

    def hint(self, conversation: UUID, seq: int) -> None:
        """The log of a conversation has come to this number, written here or elsewhere."""
        for subscription in self._viewers.get(conversation, ()):
            subscription.hint(seq)

    @property
    def watched(self) -> Sequence[UUID]:
        """The conversations that somebody watches here."""
        return tuple(self._viewers)


logger = logging.getLogger(__name__)

# A lost notification delays another process's viewers by this much at most.
LOOK_AGAIN_S = 5.0
# Conversations that one statement asks about.
MOST_AT_ONCE = 1_000


class Watching:
    """Lets any number of viewers follow, in this process."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._broadcast = Broadcast()

    def tell(self, conversation: UUID, events: Sequence[LoggedEvent]) -> None:
        """Hand events of this process to everybody who watches here."""
        self._broadcast.tell(conversation, events)

    async def follow(self, conversation: UUID, since: int) -> AsyncGenerator[Sequence[LoggedEvent], None]:
        """Give every event after `since`, in order, once each; then wait for more, for ever."""
        with self._broadcast.subscribed(conversation) as subscription:
            subscription.passed(since)
            async for page in self._pages(conversation, since):
                since = page[-1].seq
                subscription.passed(since)
                yield page
            while True:
                news = await subscription.next()
                events = [event for event in news or () if event.seq > since]
                if news is not None and (not events or events[0].seq == since + 1):
                    if events:
                        since = events[-1].seq
                        yield events
                    continue
                async for page in self._pages(conversation, since):
                    since = page[-1].seq
                    yield page

    async def _pages(self, conversation: UUID, since: int) -> AsyncIterator[Sequence[LoggedEvent]]:
        while page := await self._ledger.events_after(conversation, since):
            since = page[-1].seq
            yield page

    async def hear(self) -> None:
        """Pass on what other processes wrote. Never ends."""
        async for payload in self._ledger.hear_events():
            conversation, _, seq = payload.partition(":")
            self._broadcast.hint(UUID(conversation), int(seq))

    async def look_again(self) -> None:
        """Make up for lost notifications. Never ends."""
        while True:
            await asyncio.sleep(LOOK_AGAIN_S)
            try:
                await self._catch_up()
            except StoreUnavailable:
                logger.warning("events not looked for: the store does not answer")

    async def _catch_up(self) -> None:
        """Ask how far the logs have come, for many viewers at a time: most of them have missed nothing."""
        watched = self._broadcast.watched
        for start in range(0, len(watched), MOST_AT_ONCE):
            some = watched[start : start + MOST_AT_ONCE]
            for conversation, seq in (await self._ledger.last_seqs(some)).items():
                self._broadcast.hint(conversation, seq)

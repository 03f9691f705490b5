"""How new events reach the viewers of a conversation: at once in this process, by a hint from the others."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from store.event_batches import LoggedEvent

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

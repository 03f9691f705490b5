"""Following conversations: what is in the log, then what comes, wherever it is written."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from uuid import UUID

from graph.broadcast import Broadcast
from store.errors import StoreUnavailable
from store.event_batches import LoggedEvent
from store.runs import Ledger

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

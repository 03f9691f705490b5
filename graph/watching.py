"""Following conversations: what is in the log, then what comes, wherever it is written."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from uuid import UUID

from graph.broadcast import Broadcast
from store.event_batches import LoggedEvent
from store.runs import Ledger

# A lost notification delays another process's viewers by this much at most.
LOOK_AGAIN_S = 5.0
# News of what this process wrote itself comes back to it too, often before it has handed that over.
HAND_OVER_S = 0.02


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
        later = asyncio.get_running_loop().call_later
        async for payload in self._ledger.listen("querent_events"):
            conversation, _, seq = payload.partition(":")
            later(HAND_OVER_S, self._broadcast.hint, UUID(conversation), int(seq))

    async def look_again(self) -> None:
        """Make up for lost notifications. Never ends."""
        while True:
            await asyncio.sleep(LOOK_AGAIN_S)
            self._broadcast.look_again()

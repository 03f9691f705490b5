"""An analyst that is made beside other work: the service need not wait for it, only a question does."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date

from agent.analyst import Analyst, Draft, Frame, Intent, Memory, Story, Task
from schema_docs.schema_map import SchemaMap


class LateAnalyst:
    """Does as the analyst that `make` gives, which is asked for when it is first needed, and once."""

    def __init__(self, name: str, frames: tuple[Frame, ...], make: Callable[[], Awaitable[Analyst]]) -> None:
        self.name = name
        self.frames = frames
        self._make = make
        self._made: Analyst | None = None
        self._making = asyncio.Lock()

    async def arrive(self) -> Analyst:
        """Give the analyst itself; whoever asks while it is being made waits. Raises as `make`."""
        async with self._making:
            if self._made is None:
                self._made = await self._make()
            return self._made

    async def understand(self, question: str, memory: Memory, schema: SchemaMap, today: date) -> Intent:
        """Say what is being asked."""
        return await (await self.arrive()).understand(question, memory, schema, today)

    async def draft(self, task: Task) -> Draft | Intent:
        """Write one query, or ask back."""
        return await (await self.arrive()).draft(task)

    async def narrate(self, story: Story) -> AsyncIterator[str]:
        """Put the ending into words."""
        async for words in (await self.arrive()).narrate(story):
            yield words

    async def suggest(self, story: Story) -> tuple[str, ...]:
        """Offer questions that would follow on well."""
        return await (await self.arrive()).suggest(story)

"""Lazily constructed analyst: start-up does not wait for it, only the first question does."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date

from agent.analyst import Analyst, AnswerContext, Draft, DraftContext, Intent, Memory, Strategy
from agent.llm.budget import LlmBudget
from schema_docs.schema_map import SchemaMap


class LazyAnalyst:
    """Proxy for the analyst that `factory` constructs, once, when it is first needed."""

    def __init__(
        self, name: str, strategies: tuple[Strategy, ...], factory: Callable[[], Awaitable[Analyst]]
    ) -> None:
        self.name = name
        self.strategies = strategies
        self._factory = factory
        self._analyst: Analyst | None = None
        self._lock = asyncio.Lock()

    async def load(self) -> Analyst:
        """Construct the analyst, or wait for a construction under way. Raises whatever `factory` raises."""
        async with self._lock:
            if self._analyst is None:
                self._analyst = await self._factory()
            return self._analyst

    async def understand(
        self, question: str, memory: Memory, schema: SchemaMap, today: date, budget: LlmBudget
    ) -> Intent:
        """Interpret the question."""
        return await (await self.load()).understand(question, memory, schema, today, budget)

    async def draft(self, context: DraftContext) -> Draft | Intent:
        """Write one query, or ask for clarification."""
        return await (await self.load()).draft(context)

    async def narrate(self, context: AnswerContext) -> AsyncIterator[str]:
        """Stream the text of the answer."""
        async for text in (await self.load()).narrate(context):
            yield text

    async def suggest(self, context: AnswerContext) -> tuple[str, ...]:
        """Suggest follow-up questions."""
        return await (await self.load()).suggest(context)

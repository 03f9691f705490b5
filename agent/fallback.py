"""Two analysts in a row: where the first cannot answer, the second does, and says so."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date
from time import monotonic
from typing import Generic, TypeVar

from agent.analyst import Analyst, Draft, Intent, Memory, Story, Task
from agent.errors import AnalystConfused, AnalystError, AnalystUnavailable, BudgetSpent
from schema_docs.schema_map import SchemaMap

logger = logging.getLogger(__name__)
Result = TypeVar("Result")

AWAY = "The language model did not answer; the built-in analyst did."
CONFUSED = "The language model gave no usable answer; the built-in analyst answered."
SPENT = "The question has spent on the language model what it may; the built-in analyst went on."
# In a longer row whoever comes next may fail in turn, and says so itself.
NEXT = {
    AWAY: "The language model {first} did not answer, so {second} was asked.",
    CONFUSED: "The language model {first} gave no usable answer, so {second} was asked.",
}
# Who edits a query answers for it, and changes nothing about who is asked next.
PERSON = "person"
BROKE_OFF = "The language model broke off here. In short:"

# While a provider is down, nobody should wait for it three times a question.
REST_S = 30.0


@dataclass(frozen=True, slots=True)
class _Answered(Generic[Result]):
    """What came, and why it did not come from the first analyst, if it did not."""

    result: Result
    instead: str | None


class FallbackAnalyst:
    """Asks the first analyst; where it fails, the second. Who is unavailable is left alone for a while."""

    def __init__(
        self, first: Analyst, second: Analyst, clock: Callable[[], float] = monotonic, rest_s: float = REST_S
    ) -> None:
        self.name = first.name
        self.frames = first.frames
        self._first = first
        self._second = second
        self._clock = clock
        self._rest_s = rest_s
        self._resting_until = float("-inf")

    async def understand(self, question: str, memory: Memory, schema: SchemaMap, today: date) -> Intent:
        """Say what is being asked."""
        answered = await self._either(lambda analyst: analyst.understand(question, memory, schema, today))
        return answered.result

    async def draft(self, task: Task) -> Draft | Intent:
        """Write one query; when it is not the first analyst's, the assumptions say so.

        Another way of going about a draft is the first analyst's alone: others would only repeat themselves.
        """
        if task.frame != "direct":
            return await self._first.draft(task)
        answered = await self._either(lambda analyst: analyst.draft(task))
        draft, instead = answered.result, answered.instead
        if instead is None or not isinstance(draft, Draft):
            return draft
        return replace(
            draft,
            analyst=draft.analyst or self._second.name,
            assumptions=(instead, *draft.assumptions),
        )

    async def narrate(self, story: Story) -> AsyncIterator[str]:
        """Put the ending into words; what the first analyst leaves unsaid, the second says."""
        said = False
        if not self._resting:
            try:
                async for words in self._first.narrate(story):
                    said = True
                    yield words
                return
            except AnalystError as fault:
                self._note(fault)
        if said:
            yield f"\n\n{BROKE_OFF} "
        async for words in self._second.narrate(story):
            yield words
        if not said and self._unannounced(story):
            yield f"\n\n{self._said(AWAY)}"

    async def suggest(self, story: Story) -> tuple[str, ...]:
        """Let whoever wrote the query go on from it."""
        return await (self._first if self._wrote(story) else self._second).suggest(story)

    def _wrote(self, story: Story) -> bool:
        return story.draft is not None and story.draft.analyst in (self._first.name, PERSON, "")

    @property
    def _resting(self) -> bool:
        return self._clock() < self._resting_until

    async def _either(self, ask: Callable[[Analyst], Awaitable[Result]]) -> _Answered[Result]:
        instead = self._said(AWAY)
        if not self._resting:
            try:
                return _Answered(await ask(self._first), None)
            except AnalystError as fault:
                instead = self._note(fault)
        return _Answered(await ask(self._second), instead)

    def _note(self, fault: AnalystError) -> str:
        """Leave an analyst alone that is not there; say what the second one stands in for."""
        logger.warning("the first analyst failed", extra={"fault": str(fault)})
        if isinstance(fault, BudgetSpent):
            return SPENT
        if isinstance(fault, AnalystUnavailable):
            self._resting_until = self._clock() + self._rest_s
        return self._said(CONFUSED if isinstance(fault, AnalystConfused) else AWAY)

    def _said(self, why: str) -> str:
        if not isinstance(self._second, FallbackAnalyst):
            return why
        return NEXT[why].format(first=self._first.name, second=self._second.name)

    def _unannounced(self, story: Story) -> bool:
        """Whether nobody has said yet that a model's words are missing here."""
        told = story.draft is not None and not self._wrote(story)
        return story.outcome in ("answered", "empty", "described") and not told

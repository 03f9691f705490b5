"""Fallback chain of two analysts: the second one answers when the first fails, and says so."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date
from time import monotonic
from typing import Generic, TypeVar

from agent.analyst import Analyst, AnswerContext, Draft, DraftContext, Intent, Memory
from agent.errors import AnalystError, AnalystUnavailable, BudgetExceeded, InvalidModelOutput
from agent.llm.budget import LlmBudget
from schema_docs.schema_map import SchemaMap

logger = logging.getLogger(__name__)
Result = TypeVar("Result")

UNAVAILABLE = "The language model did not answer, so the built-in analyst did."
UNUSABLE = "The language model gave no usable answer, so the built-in analyst answered."
BUDGET_REACHED = "This question reached its model budget, so the built-in analyst continued."
# In a longer chain the second analyst may fail in turn and adds its own sentence.
CHAIN_NOTICES = {
    UNAVAILABLE: "The language model {first} did not answer, so {second} was asked.",
    UNUSABLE: "The language model {first} gave no usable answer, so {second} was asked.",
}
INTERRUPTED = "The language model stopped here. In short:"
# The analyst name of drafts that a person has edited; they leave the choice of analyst unchanged.
PERSON = "person"

# A question makes up to three calls; this keeps each of them from waiting for a provider that is down.
COOLDOWN_S = 30.0


@dataclass(frozen=True, slots=True)
class _Attempt(Generic[Result]):
    """A result with the notice that it came from the second analyst, if it did."""

    result: Result
    notice: str | None


class FallbackAnalyst:
    """Circuit breaker over two analysts: after `first` was unavailable, it is skipped for `cooldown_s`."""

    def __init__(
        self,
        first: Analyst,
        second: Analyst,
        clock: Callable[[], float] = monotonic,
        cooldown_s: float = COOLDOWN_S,
    ) -> None:
        self.name = first.name
        self.strategies = first.strategies
        self._first = first
        self._second = second
        self._clock = clock
        self._cooldown_s = cooldown_s
        self._skipped_until = float("-inf")

    async def understand(
        self, question: str, memory: Memory, schema: SchemaMap, today: date, budget: LlmBudget
    ) -> Intent:
        """Interpret the question."""
        attempt = await self._try_both(
            lambda analyst: analyst.understand(question, memory, schema, today, budget)
        )
        return attempt.result

    async def draft(self, context: DraftContext) -> Draft | Intent:
        """Write one query; the assumptions of a draft by the second analyst begin with a notice.

        Strategies other than the default are the first analyst's alone: the second one ignores them and would
        only repeat its draft.
        """
        if context.strategy != "direct":
            return await self._first.draft(context)
        attempt = await self._try_both(lambda analyst: analyst.draft(context))
        draft, notice = attempt.result, attempt.notice
        if notice is None or not isinstance(draft, Draft):
            return draft
        return replace(
            draft,
            analyst=draft.analyst or self._second.name,
            assumptions=(notice, *draft.assumptions),
        )

    async def narrate(self, context: AnswerContext) -> AsyncIterator[str]:
        """Stream the answer; the second analyst takes over where the first one breaks off."""
        started = False
        if not self._skips_first:
            try:
                async for text in self._first.narrate(context):
                    started = True
                    yield text
                return
            except AnalystError as error:
                self._record_failure(error)
        if started:
            yield f"\n\n{INTERRUPTED} "
        async for text in self._second.narrate(context):
            yield text
        if not started and self._needs_notice(context):
            yield f"\n\n{self._notice(UNAVAILABLE)}"

    async def suggest(self, context: AnswerContext) -> tuple[str, ...]:
        """Suggest follow-up questions, by the analyst that wrote the query."""
        return await (self._first if self._first_wrote(context) else self._second).suggest(context)

    def _first_wrote(self, context: AnswerContext) -> bool:
        return context.draft is not None and context.draft.analyst in (self._first.name, PERSON, "")

    @property
    def _skips_first(self) -> bool:
        return self._clock() < self._skipped_until

    async def _try_both(self, call: Callable[[Analyst], Awaitable[Result]]) -> _Attempt[Result]:
        notice = self._notice(UNAVAILABLE)
        if not self._skips_first:
            try:
                return _Attempt(await call(self._first), None)
            except AnalystError as error:
                notice = self._record_failure(error)
        return _Attempt(await call(self._second), notice)

    def _record_failure(self, error: AnalystError) -> str:
        """Start the cooldown if the first analyst is unavailable; return the notice for its replacement."""
        logger.warning("the first analyst failed", extra={"error": str(error)})
        if isinstance(error, BudgetExceeded):
            return BUDGET_REACHED
        if isinstance(error, AnalystUnavailable):
            self._skipped_until = self._clock() + self._cooldown_s
        return self._notice(UNUSABLE if isinstance(error, InvalidModelOutput) else UNAVAILABLE)

    def _notice(self, reason: str) -> str:
        if not isinstance(self._second, FallbackAnalyst):
            return reason
        return CHAIN_NOTICES[reason].format(first=self._first.name, second=self._second.name)

    def _needs_notice(self, context: AnswerContext) -> bool:
        """Tell whether the answer lacks a model's wording and no assumption of the draft says so yet."""
        announced = context.draft is not None and not self._first_wrote(context)
        return context.outcome in ("answered", "empty", "schema_answer") and not announced

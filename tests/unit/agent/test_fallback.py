"""The second analyst stands in for the first, and it is said."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import date

import pytest

from agent.analyst import AnswerContext, Draft, DraftContext, Intent, Memory, Strategy
from agent.errors import AnalystError, AnalystUnavailable, BudgetExceeded, InvalidModelOutput
from agent.fallback import BUDGET_REACHED, INTERRUPTED, UNAVAILABLE, UNUSABLE, FallbackAnalyst
from agent.llm.budget import LlmBudget
from schema_docs.schema_map import SchemaMap
from tests.fixtures.llm.contexts import DRAFT, MEMORY, SCHEMA, TODAY, answer_context, draft_context


@dataclass
class Someone:
    """Answers in a fixed way, or breaks in a fixed way, after saying `before` it breaks."""

    name: str
    fault: AnalystError | None = None
    before: tuple[str, ...] = ()
    questions: list[str] = field(default_factory=list)
    strategies: tuple[Strategy, ...] = ("direct",)

    def _called(self, what: str) -> None:
        self.questions.append(what)
        if self.fault is not None:
            raise self.fault

    async def understand(
        self, question: str, memory: Memory, schema: SchemaMap, today: date, budget: LlmBudget
    ) -> Intent:
        self._called("understand")
        return Intent("data", f"{question} ({self.name})")

    async def draft(self, task: DraftContext) -> Draft | Intent:
        self._called("draft")
        return Draft("SELECT 1", assumptions=("One is enough.",))

    async def narrate(self, story: AnswerContext) -> AsyncIterator[str]:
        for words in self.before:
            yield words
        self._called("narrate")
        yield f"So says {self.name}."

    async def suggest(self, story: AnswerContext) -> tuple[str, ...]:
        return (f"Ask {self.name}?",)


AWAY_NOW = AnalystUnavailable("The language model did not answer in time.")


async def said(analyst: FallbackAnalyst, story: AnswerContext) -> str:
    return "".join([words async for words in analyst.narrate(story)])


async def test_the_first_answers_as_long_as_it_can() -> None:
    first, second = Someone("model"), Someone("built-in")
    both = FallbackAnalyst(first, second)

    assert (await both.understand("q", MEMORY, SCHEMA, TODAY, LlmBudget())).question == "q (model)"
    assert await both.draft(draft_context()) == Draft("SELECT 1", assumptions=("One is enough.",))
    assert await said(both, answer_context()) == "So says model."
    assert second.questions == []


async def test_the_second_drafts_and_says_so() -> None:
    draft = await FallbackAnalyst(Someone("model", AWAY_NOW), Someone("built-in")).draft(draft_context())

    assert draft == Draft("SELECT 1", assumptions=(UNAVAILABLE, "One is enough."), analyst="built-in")


async def test_a_confused_model_is_called_confused() -> None:
    draft = await FallbackAnalyst(Someone("model", InvalidModelOutput("?")), Someone("built-in")).draft(
        draft_context()
    )

    assert isinstance(draft, Draft)
    assert draft.assumptions[0] == UNUSABLE


async def test_a_provider_that_is_down_is_left_alone_for_a_while() -> None:
    now = [100.0]
    first, second = Someone("model", AWAY_NOW), Someone("built-in")
    both = FallbackAnalyst(first, second, clock=lambda: now[0], cooldown_s=30.0)
    await both.understand("q", MEMORY, SCHEMA, TODAY, LlmBudget())
    await both.draft(draft_context())
    await said(both, answer_context())
    assert first.questions == ["understand"]

    now[0] += 30.0
    await both.draft(draft_context())

    assert first.questions == ["understand", "draft"]


async def test_a_confused_model_is_asked_again_at_once() -> None:
    first = Someone("model", InvalidModelOutput("?"))
    both = FallbackAnalyst(first, Someone("built-in"))
    await both.understand("q", MEMORY, SCHEMA, TODAY, LlmBudget())
    await both.draft(draft_context())
    assert first.questions == ["understand", "draft"]


async def test_words_of_the_second_are_marked() -> None:
    both = FallbackAnalyst(Someone("model", AWAY_NOW), Someone("built-in"))
    assert await said(both, answer_context()) == f"So says built-in.\n\n{UNAVAILABLE}"


async def test_what_was_said_in_the_assumptions_is_not_said_twice() -> None:
    both = FallbackAnalyst(Someone("model", AWAY_NOW), Someone("built-in"))
    assert (
        await said(both, answer_context(draft=Draft("SELECT 1", analyst="built-in"))) == "So says built-in."
    )


async def test_a_sentence_broken_off_is_completed() -> None:
    both = FallbackAnalyst(Someone("model", AWAY_NOW, before=("There are ",)), Someone("built-in"))
    assert await said(both, answer_context()) == f"There are \n\n{INTERRUPTED} So says built-in."


async def test_whoever_wrote_the_query_goes_on_from_it() -> None:
    both = FallbackAnalyst(Someone("model"), Someone("built-in"))
    assert await both.suggest(answer_context(draft=DRAFT)) == ("Ask model?",)
    assert await both.suggest(answer_context(draft=Draft("SELECT 1", analyst="built-in"))) == (
        "Ask built-in?",
    )
    assert await both.suggest(answer_context("small_talk", draft=None)) == ("Ask built-in?",)


async def test_in_a_row_of_three_each_says_for_whom_it_stands_in() -> None:
    row = FallbackAnalyst(
        Someone("large", AWAY_NOW),
        FallbackAnalyst(Someone("small", InvalidModelOutput("?")), Someone("builtin")),
    )
    draft = await row.draft(draft_context())
    assert isinstance(draft, Draft)
    assert draft.analyst == "builtin"
    assert draft.assumptions[:2] == (
        "The language model large did not answer, so small was asked.",
        UNUSABLE,
    )
    assert await row.suggest(answer_context(draft=draft)) == ("Ask builtin?",)


async def test_a_spent_budget_is_said_and_nobody_rests_for_it() -> None:
    first = Someone("model", BudgetExceeded("spent"))
    both = FallbackAnalyst(first, Someone("built-in"))
    draft = await both.draft(draft_context())
    assert isinstance(draft, Draft)
    assert draft.assumptions[0] == BUDGET_REACHED
    await both.draft(draft_context())
    assert first.questions == ["draft", "draft"]


async def test_another_way_of_drafting_is_never_the_seconds() -> None:
    second = Someone("built-in")
    both = FallbackAnalyst(Someone("model", AWAY_NOW), second)
    with pytest.raises(AnalystUnavailable):
        await both.draft(replace(draft_context(), strategy="plan"))
    assert second.questions == []

"""Analyst interface, implemented by the language-model and the built-in analyst, and its value types."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Protocol

from agent.llm.budget import LlmBudget
from schema_docs.schema_map import SchemaMap
from schema_docs.search.results import SearchResult
from store.errors import FailureKind
from store.rows import Rows

IntentKind = Literal["data", "schema", "small_talk", "write", "unclear"]
Outcome = Literal["answered", "empty", "schema_answer", "small_talk", "refused", "unclear", "failed"]
Strategy = Literal["direct", "divide", "plan"]
"""Prompting strategy of a draft: directly, divided into sub-questions, or from an execution plan."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One question with its reply, as stored in the conversation; result rows are never stored.

    `plan` is the analyst's serialized interpretation of the question, opaque to all other code, so that a
    follow-up can edit it. `result_columns` are column names. For a message with several questions, `parts`
    holds one turn per question, in order, and `sql` is the query of the last one.
    """

    question: str
    standalone: str
    reply: str
    outcome: Outcome
    sql: str | None = None
    plan: str | None = None
    result_columns: tuple[str, ...] = ()
    row_count: int | None = None
    parts: tuple["Turn", ...] = ()


@dataclass(frozen=True, slots=True)
class Memory:
    """Conversation memory: the recent turns, oldest first, and a summary of the turns before them."""

    turns: tuple[Turn, ...] = ()
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Intent:
    """An understood question: its kind, a stand-alone text, and what remains open.

    `question` is understandable without the conversation; `original_question` is the user's own wording where
    a follow-up had to be completed. `reply` is the text of a turn that needs no query (small talk, a refusal)
    or, if `unclear`, the clarifying question; `choices` are the interpretations to choose from,
    `unmatched_words` the words that match nothing in the schema. `default_choice` is the most likely choice,
    taken when no person can be asked. `choice_plans` is the analyst's serialized meaning of each choice,
    opaque to all other code: the clarifying turn stores it as its `plan`. `plan` lists the steps of a
    multi-step query, `parts` the stand-alone questions of a message with several, `assumptions` what was
    taken for granted. `title` is a short title for a conversation that begins with this question.
    """

    kind: IntentKind
    question: str
    reply: str | None = None
    choices: tuple[str, ...] = ()
    unmatched_words: tuple[str, ...] = ()
    original_question: str | None = None
    plan: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    default_choice: str | None = None
    choice_plans: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """Candidate SQL, not validated yet, with the analyst's explanation of it.

    `reading` is the interpretation of the question in words; `follow_ups` are suggested next questions;
    `prompt_version` identifies the prompt templates; `chart` is the chart type the analyst proposes, which
    `agent.charts` accepts only where it fits the result.
    """

    sql: str
    reading: str = ""
    assumptions: tuple[str, ...] = ()
    plan: str | None = None
    confidence: float = 1.0
    analyst: str = ""
    follow_ups: tuple[str, ...] = ()
    prompt_version: str = ""
    chart: str = ""


SetbackKind = Literal["rejected", "unreadable", "empty"] | FailureKind


@dataclass(frozen=True, slots=True)
class Setback:
    """Feedback on a failed draft for the next attempt; `hint` names similar tables, columns or values."""

    kind: SetbackKind
    sql: str
    reason: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class DraftContext:
    """Input of the drafting step."""

    intent: Intent
    memory: Memory
    schema: SchemaMap
    retrieval: SearchResult
    today: date
    setbacks: tuple[Setback, ...] = ()
    strategy: Strategy = "direct"
    budget: LlmBudget = field(default_factory=LlmBudget, compare=False)


@dataclass(frozen=True, slots=True)
class AnswerContext:
    """Input of the answer step; `rows` is None if no query ran."""

    question: str
    intent: Intent
    outcome: Outcome
    schema: SchemaMap
    memory: Memory = field(default_factory=Memory)
    draft: Draft | None = None
    rows: Rows | None = None
    setbacks: tuple[Setback, ...] = ()
    budget: LlmBudget = field(default_factory=LlmBudget, compare=False)


class Analyst(Protocol):
    """Text-to-SQL engine. All methods may raise `AnalystUnavailable` and `InvalidModelOutput`.

    `strategies` are the prompting strategies it supports; the first is the default.
    """

    name: str
    strategies: tuple[Strategy, ...]

    async def understand(
        self, question: str, memory: Memory, schema: SchemaMap, today: date, budget: LlmBudget
    ) -> Intent:
        """Interpret the question, completed with what the conversation supplies."""
        ...

    async def draft(self, context: DraftContext) -> Draft | Intent:
        """Write one query, or return an `unclear` intent that asks for clarification."""
        ...

    def narrate(self, context: AnswerContext) -> AsyncIterator[str]:
        """Stream the text of the answer in chunks."""
        ...

    async def suggest(self, context: AnswerContext) -> tuple[str, ...]:
        """Suggest up to three follow-up questions."""
        ...

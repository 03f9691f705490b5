"""The seam behind which both analysts live, and the plain values they exchange with the graph."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Protocol

from schema_docs.schema_map import SchemaMap
from schema_docs.search.results import Found
from store.errors import FailureKind
from store.rows import Rows

IntentKind = Literal["data", "schema", "smalltalk", "write", "unclear"]
Outcome = Literal["answered", "empty", "described", "chatted", "refused", "unclear", "failed"]
Frame = Literal["direct", "divide", "plan"]
"""How an analyst goes about a draft: straight on, part by part, or with a plan first."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One question with its reply, as the conversation remembers it: never its rows.

    `plan` is the analyst's own note of how it understood the question (opaque to everybody else), so that a
    follow-up can edit it. `shape` names the columns of the result. Where several questions were put at once,
    `parts` holds a turn for each, in order, and the query named here is the last one's.
    """

    question: str
    standalone: str
    reply: str
    outcome: Outcome
    sql: str | None = None
    plan: str | None = None
    shape: tuple[str, ...] = ()
    row_count: int | None = None
    parts: tuple["Turn", ...] = ()


@dataclass(frozen=True, slots=True)
class Memory:
    """What is left of a conversation: the last turns, oldest first, and a summary of those before them."""

    turns: tuple[Turn, ...] = ()
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Intent:
    """A question understood, in the light of the conversation.

    `question` stands alone. `reply` is set where no query is needed to answer (smalltalk, a refusal) or, when
    `unclear`, holds the question to ask back; `choices` are the readings to choose from, `unplaced` the words
    that could not be placed. `said` keeps a follow-up's own words, where `question` had to complete them.
    `plan` names the steps that one query has to take, when it takes several; `parts` are the stand-alone
    questions in a question that is really several; `assumptions` say what was taken for granted. `likeliest`
    is the reading to take of an `unclear` one when nobody can be asked. `note` is the analyst's own, of what
    each choice means (opaque to everybody else): the turn that asked back keeps it as its `plan`. `title` is
    a short one for a conversation that begins with this question.
    """

    kind: IntentKind
    question: str
    reply: str | None = None
    choices: tuple[str, ...] = ()
    unplaced: tuple[str, ...] = ()
    said: str | None = None
    plan: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    likeliest: str | None = None
    note: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A query nobody has checked. `reading` says in words how the question was understood.

    `follow_ups` are questions that would go on from here; `prompt` is the version of the wording behind it;
    `chart` the kind of picture the analyst would draw, which code has yet to agree to.
    """

    sql: str
    reading: str = ""
    assumptions: tuple[str, ...] = ()
    plan: str | None = None
    confidence: float = 1.0
    analyst: str = ""
    follow_ups: tuple[str, ...] = ()
    prompt: str = ""
    chart: str = ""


SetbackKind = Literal["rejected", "unreadable", "empty"] | FailureKind


@dataclass(frozen=True, slots=True)
class Setback:
    """Why the last draft would not do. `hint` names what is near, for the next try."""

    kind: SetbackKind
    sql: str
    reason: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """All that drafting may look at."""

    intent: Intent
    memory: Memory
    schema: SchemaMap
    found: Found
    today: date
    setbacks: tuple[Setback, ...] = ()
    frame: Frame = "direct"


@dataclass(frozen=True, slots=True)
class Story:
    """How the turn went: all that narrating may look at. `rows` is None when nothing ran."""

    question: str
    intent: Intent
    outcome: Outcome
    schema: SchemaMap
    memory: Memory = field(default_factory=Memory)
    draft: Draft | None = None
    rows: Rows | None = None
    setbacks: tuple[Setback, ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """What one call of a model was given and gave, in tokens; `cached_tokens` are among those given."""

    input_tokens: int = 0
    output_tokens: int = 0
    model: str = ""
    cached_tokens: int = 0


class Analyst(Protocol):
    """Who understands, drafts and narrates. Raises `AnalystUnavailable`, `AnalystConfused`.

    `frames` are the ways it knows of going about a draft; the first is its usual one.
    """

    name: str
    frames: tuple[Frame, ...]

    async def understand(self, question: str, memory: Memory, schema: SchemaMap, today: date) -> Intent:
        """Say what is being asked, with what the conversation supplies filled in."""
        ...

    async def draft(self, task: Task) -> Draft | Intent:
        """Write one query, or give an `unclear` intent back that says what could not be placed."""
        ...

    def narrate(self, story: Story) -> AsyncIterator[str]:
        """Put the ending into words, piece by piece as they are made."""
        ...

    async def suggest(self, story: Story) -> tuple[str, ...]:
        """Offer up to three questions that would follow on well."""
        ...

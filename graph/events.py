"""Domain events of a run, in the order in which they occur: all that clients see of a run.

Each class is one named event of the `custom` channel, except `TextDelta`, which belongs to `messages`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from agent.analyst import Outcome

Node = Literal["analyze", "retrieve", "generate", "validate", "execute", "answer"]


@dataclass(frozen=True, slots=True)
class QuestionAsked:
    """A question was asked: the first event of a turn, from which a replay can rebuild the conversation."""

    question: str
    run_id: str
    database: str


@dataclass(frozen=True, slots=True)
class Responded:
    """An interrupt was answered: `by` a person, or with its default after the timeout."""

    interrupt_id: str
    response: Any
    by: Literal["person", "default"] = "person"


@dataclass(frozen=True, slots=True)
class StepProgress:
    """A node started or finished; when finished, with its duration and the plain values of its update."""

    node: Node
    status: Literal["started", "finished"]
    ms: float | None = None
    values: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class RetrievedContext:
    """Schema retrieval finished: the tables read, and the stored values that the question mentions."""

    question: str
    tables: tuple[str, ...]
    values: tuple[dict[str, str], ...]
    map_version: int


@dataclass(frozen=True, slots=True)
class DraftWritten:
    """A query was drafted, or another candidate won the vote. `round` is 1, 2 or 3."""

    sql: str
    reading: str
    assumptions: tuple[str, ...]
    confidence: float
    analyst: str
    round: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """SQL validation finished. If approved, `sql` is the query that will run."""

    approved: bool
    sql: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class RowBatch:
    """A batch of result rows: the first has `offset` 0, the last has `final`. Values are JSON values.

    `part` numbers the results of a message with several questions.
    """

    columns: tuple[dict[str, str], ...]
    rows: tuple[tuple[Any, ...], ...]
    offset: int
    final: bool
    truncated: bool
    ms: float
    part: int = 1


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of the result as Vega-Lite with inline data: line, bar, stacked, scatter or number."""

    kind: str
    spec: dict[str, Any]
    part: int = 1


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A chunk of the reply, to be appended to the chunks before it."""

    text: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Provenance of an answer.

    `votes` of the `drafts` returned the result that was taken, and their share is the `confidence`; with a
    single draft, the confidence is the analyst's own. `prompt` is the version of the prompt templates. For a
    message with several questions, `parts` holds the query of each, and all other fields describe the last.
    `policy` identifies the policy in force; its row rules do not appear in `sql`, which is shown as the user
    may see it.
    """

    question: str
    outcome: Outcome
    sql: str | None
    reading: str
    assumptions: tuple[str, ...]
    tables: tuple[str, ...]
    values: tuple[dict[str, str], ...]
    row_count: int | None
    truncated: bool
    rounds: int
    analyst: str
    map_version: int
    confidence: float | None = None
    votes: int | None = None
    drafts: int | None = None
    prompt: str = ""
    parts: tuple[dict[str, Any], ...] = ()
    policy: str | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Language model usage of a run: calls, tokens, and cost by the prices the operator configured.

    `cost` is None if the price of any model called is unknown.
    """

    calls: int
    input_tokens: int
    output_tokens: int
    cost: float | None
    models: dict[str, int]


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Suggested follow-up questions."""

    questions: tuple[str, ...]


RunEvent = (
    QuestionAsked
    | Responded
    | StepProgress
    | RetrievedContext
    | DraftWritten
    | Verdict
    | RowBatch
    | Chart
    | TextDelta
    | Evidence
    | Usage
    | Suggestions
)

# Event names on the wire; the text of a reply has a channel of its own.
EVENT_NAMES: Mapping[type, str] = {
    QuestionAsked: "asked",
    Responded: "responded",
    StepProgress: "step",
    RetrievedContext: "context",
    DraftWritten: "draft",
    Verdict: "verdict",
    RowBatch: "rows",
    Chart: "chart",
    Evidence: "evidence",
    Usage: "usage",
    Suggestions: "suggestions",
}

"""What happens during a run, in the order it happens: the only thing a client hears.

Each class is one named event of the channel `custom`, except `Said`, which goes out on `messages`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from agent.analyst import Outcome

Node = Literal["analyze", "retrieve", "generate", "validate", "execute", "answer"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question was put: the first event of a turn, so that a replay can draw the conversation."""

    question: str
    run_id: str
    database: str


@dataclass(frozen=True, slots=True)
class Responded:
    """What was asked back has its answer, `by` a person, or by the default when nobody answered in time."""

    interrupt_id: str
    response: Any
    by: Literal["person", "default"] = "person"


@dataclass(frozen=True, slots=True)
class Step:
    """A node begins or has ended; then it says how long it took, and what plain values it left behind."""

    node: Node
    status: Literal["started", "finished"]
    ms: float | None = None
    values: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What the map gave: tables read, and values of the database that the question names."""

    question: str
    tables: tuple[str, ...]
    values: tuple[dict[str, str], ...]
    map_version: int


@dataclass(frozen=True, slots=True)
class Drafted:
    """A query was written, or another one got more votes. `round` is 1, 2 or 3."""

    sql: str
    reading: str
    assumptions: tuple[str, ...]
    confidence: float
    analyst: str
    round: int


@dataclass(frozen=True, slots=True)
class Judged:
    """The guard or the engine said whether it may run. `sql` is what will run, when approved."""

    approved: bool
    sql: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class RowsArrived:
    """A piece of the result: the first has `offset` 0, the last has `final`. Values are as in JSON.

    `part` counts the results of a question that was several.
    """

    columns: tuple[dict[str, str], ...]
    rows: tuple[tuple[Any, ...], ...]
    offset: int
    final: bool
    truncated: bool
    ms: float
    part: int = 1


@dataclass(frozen=True, slots=True)
class Charted:
    """A picture of the result, as Vega-Lite with its data inside: line, bar, stacked, scatter or number."""

    kind: str
    spec: dict[str, Any]
    part: int = 1


@dataclass(frozen=True, slots=True)
class Said:
    """A piece of the reply, to be put behind the pieces before it."""

    text: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why the answer is what it is.

    `votes` of the `drafts` written brought the result that was taken, which is then the `confidence`; of a
    single draft that is the analyst's own. `prompt` is the version of the wording behind it. Where several
    questions were put at once, `parts` has the query of each, and the rest speaks of the last. `policy` is
    the identity of the policy in force; its rules are not in `sql`, which is as the asker may see it.
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
class Used:
    """What the language models took: calls, tokens, and money by the prices the operator named.

    `money` is None where the price of a model that was called is not known.
    """

    calls: int
    input_tokens: int
    output_tokens: int
    money: float | None
    models: dict[str, int]


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Questions that would follow on well."""

    questions: tuple[str, ...]


RunEvent = (
    Asked
    | Responded
    | Step
    | Context
    | Drafted
    | Judged
    | RowsArrived
    | Charted
    | Said
    | Evidence
    | Used
    | Suggestions
)

# What each is called on the wire. The words of a reply have a channel of their own.
NAMES: Mapping[type, str] = {
    Asked: "asked",
    Responded: "responded",
    Step: "step",
    Context: "context",
    Drafted: "draft",
    Judged: "verdict",
    RowsArrived: "rows",
    Charted: "chart",
    Evidence: "evidence",
    Used: "usage",
    Suggestions: "suggestions",
}

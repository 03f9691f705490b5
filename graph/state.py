"""What one turn carries from node to node, and what a conversation keeps."""

from dataclasses import dataclass, field
from typing import Annotated, Any, NotRequired, Protocol, TypedDict

from langgraph.channels import EphemeralValue, UntrackedValue

from agent.analyst import Draft, Intent, Memory, Outcome, Setback, Turn
from agent.guard.verdict import Rejected
from agent.llm.budget import Purse
from graph.steps.candidates_vote import Agreement, Ballot
from schema_docs.schema_map import Term
from schema_docs.search.results import Found, FoundExample, FoundValue, Join, Page
from store.access.approved_query import Approved, Parameter
from store.access.roles import Standing
from store.catalog import ForeignKey
from store.rows import Rows

Update = dict[str, Any]
Verdict = Approved | Rejected

MOST_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Part:
    """One question of several, worked to its end; its rows are kept beside it."""

    intent: Intent
    outcome: Outcome
    draft: Draft | None = None
    verdict: Approved | Rejected | None = None
    row_count: int | None = None
    round: int = 0
    agreement: Agreement | None = None
    setbacks: list[Setback] = field(default_factory=list)


class Question(TypedDict):
    """What starts a turn: the words, the name of the connection they are about, and who asks."""

    question: str
    database: str
    standing: NotRequired[Standing | None]


class State(TypedDict):
    """Plain and small: what the checkpointer stores. Result rows are never in it."""

    question: str
    database: str
    # who asks; None stands for whoever sits at this service itself
    standing: NotRequired[Standing | None]

    # kept from turn to turn; written by answer
    memory: NotRequired[Memory]

    # of one turn; reset by analyze
    intent: Intent
    clarified: bool
    found: Found | None
    draft: Draft | None
    verdict: Verdict | None
    setbacks: list[Setback]
    outcome: Outcome | None
    reply: str
    row_count: int | None
    # how many times drafts were written; the drafts of this round, and those of them that may run
    round: int
    drafts: list[Draft]
    ballots: list[Ballot]
    agreement: Agreement | None
    # what ran and brought nothing, while another draft may bring more
    hollow: Part | None
    # the likeliest reading was taken where nobody could be asked
    decided: bool
    # of several questions in one: the ones to come, and what became of those before
    ahead: list[str]
    done: list[Part]

    # from analyze or generate to the next step only: what has to be asked back
    unclear: NotRequired[Annotated[Intent, EphemeralValue]]
    # from execute to answer, in this process only
    rows: NotRequired[Annotated[Rows, UntrackedValue]]
    # what this run may spend on language models, and has spent
    purse: NotRequired[Annotated[Purse, UntrackedValue]]
    # the same of the parts done; after a wait for a person they are read again
    done_rows: NotRequired[Annotated[list[Rows | None], UntrackedValue]]


# Born in this room.
OURS = (Ballot, Agreement, Part)
# All that may come back from a checkpoint as itself. A tuple comes back as a list.
KEPT = (
    Memory,
    Turn,
    Intent,
    Found,
    Page,
    FoundExample,
    FoundValue,
    Join,
    ForeignKey,
    Term,
    Draft,
    Approved,
    Parameter,
    Standing,
    Rejected,
    Setback,
    *OURS,
)


class Step(Protocol):
    """One node: reads the state, returns what it learned. LangGraph wants the parameter named `state`."""

    async def __call__(self, state: State) -> Update:
        """Take from the state, call one skill, give back an update."""
        ...

"""Graph state: what a turn carries from node to node, and what a conversation keeps between turns."""

from dataclasses import dataclass, field
from typing import Annotated, NotRequired, Protocol, TypedDict

from langgraph.channels import EphemeralValue, UntrackedValue

from agent.analyst import Draft, Intent, Memory, Outcome, Setback, Turn
from agent.guard.verdict import Rejected
from graph.run_context import RunContext
from graph.steps.candidates_vote import Agreement, Candidate
from schema_docs.schema_map import Term
from schema_docs.search.results import ExampleMatch, Join, SearchResult, TableDocument, ValueMatch
from store.access.approved_query import Approved, Parameter
from store.catalog import ForeignKey
from store.rows import Rows

MAX_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Subquestion:
    """One finished question of a message with several; its rows are held separately."""

    intent: Intent
    outcome: Outcome
    draft: Draft | None = None
    verdict: Approved | Rejected | None = None
    row_count: int | None = None
    round: int = 0
    agreement: Agreement | None = None
    setbacks: list[Setback] = field(default_factory=list)


class RunInput(TypedDict):
    """Input of a turn: the question, and the name of the connection it is about."""

    question: str
    database: str


class State(TypedDict):
    """Plain and small, because the checkpointer stores it. Result rows are never part of it."""

    question: str
    database: str

    # kept from turn to turn; written by answer
    memory: NotRequired[Memory]

    # of one turn; reset by analyze
    intent: Intent
    clarified: bool
    retrieval: SearchResult | None
    draft: Draft | None
    verdict: Approved | Rejected | None
    setbacks: list[Setback]
    outcome: Outcome | None
    reply: str
    row_count: int | None
    # number of drafting rounds so far; the drafts of this round, and those of them that passed validation
    round: int
    drafts: list[Draft]
    candidates: list[Candidate]
    agreement: Agreement | None
    # a query that ran but returned no rows, kept while another draft is tried
    empty_result: Subquestion | None
    # the default interpretation was taken because no person could be asked
    default_taken: bool
    # of a message with several questions: those still to come, and those finished
    pending: list[str]
    finished: list[Subquestion]

    # from analyze or generate to the next step only: the intent that needs clarification
    unclear: NotRequired[Annotated[Intent, EphemeralValue]]
    # from execute to answer, in this process only
    rows: NotRequired[Annotated[Rows, UntrackedValue]]
    # rows of the finished subquestions; read again after a wait for a person
    finished_rows: NotRequired[Annotated[list[Rows | None], UntrackedValue]]


class Update(TypedDict, total=False):
    """What a node returns: new values of some fields of the state."""

    memory: Memory
    intent: Intent
    clarified: bool
    retrieval: SearchResult | None
    draft: Draft | None
    verdict: Approved | Rejected | None
    setbacks: list[Setback]
    outcome: Outcome | None
    reply: str
    row_count: int | None
    round: int
    drafts: list[Draft]
    candidates: list[Candidate]
    agreement: Agreement | None
    empty_result: Subquestion | None
    default_taken: bool
    pending: list[str]
    finished: list[Subquestion]
    unclear: Intent
    rows: Rows | None
    finished_rows: list[Rows | None]


# Classes of this room that checkpoints contain.
GRAPH_TYPES = (Candidate, Agreement, Subquestion)
# Allow-list for the checkpoint deserializer. Tuples come back as lists.
CHECKPOINT_TYPES = (
    Memory,
    Turn,
    Intent,
    SearchResult,
    TableDocument,
    ExampleMatch,
    ValueMatch,
    Join,
    ForeignKey,
    Term,
    Draft,
    Approved,
    Parameter,
    Rejected,
    Setback,
    *GRAPH_TYPES,
)


class Step(Protocol):
    """One node: reads the state and the run context, calls one skill, and returns an update."""

    async def __call__(self, state: State, run: RunContext) -> Update:
        """Process the state."""
        ...

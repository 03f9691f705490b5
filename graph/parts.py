"""Several questions in one: what became of each, while the others are worked on."""

from dataclasses import dataclass, field

from agent.analyst import Draft, Intent, Outcome, Setback
from agent.guard.verdict import Rejected
from graph.voting import Agreement
from store.approved import Approved


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

"""What somebody may do with one database, in one step of a turn: see, ask, spend."""

from dataclasses import dataclass, replace
from typing import Any

from agent.analyst import Draft, Setback
from agent.guard.verdict import Rejected
from graph.ports import Judge, Maps, Policy, Reach
from graph.steps.candidates_vote import Ballot
from graph.steps.interrupts import approve_request, cost_request
from schema_docs.schema_map import SchemaMap
from schema_docs.search.results import Found
from store.access.roles import Access
from store.errors import QueryFailed
from store.rows import Limits
from store.targets.target import Estimate

ALWAYS = "Every query is shown to a person before it runs."
COSTLY = "This query is expected to do more work than may be done unasked."
TOO_COSTLY = "This query is expected to do more work than is allowed."
NARROWER = "Ask for less: a narrower condition, fewer tables, an aggregate."


def request_of(ballot: Ballot, reason: str) -> dict[str, Any]:
    """Ask a person about a query: a warning where it is dear.

    How dear stays here: what a planner expects tells of rows that the asker may not see.
    """
    if reason == COSTLY:
        return cost_request(ballot.approved.shown_sql, reason)
    return approve_request(ballot.approved.shown_sql, reason)


@dataclass(frozen=True, slots=True)
class Allowance:
    """A database as one asker may use it. Without an access, only what holds for everybody holds."""

    database: str
    access: Access | None
    library: Maps
    targets: Reach
    judge: Judge
    policy: Policy

    @property
    def limits(self) -> Limits:
        """How much of a result is fetched: what the operator says, or less where the role says so."""
        limits, most = self.policy.limits, self.access.role.max_rows if self.access else None
        return limits if most is None else replace(limits, rows=min(limits.rows, most))

    async def schema(self) -> SchemaMap:
        """The map, as far as it may be seen."""
        return await self.library.schema(self.database, self.access)

    async def find(self, question: str) -> Found:
        """What matters for one question, as far as it may be seen."""
        return await self.library.find(question, self.database, access=self.access)

    async def check(self, draft: Draft) -> Ballot | Setback:
        """The guard first; then the target's own planner, which runs nothing; then what that will cost."""
        whole = await self.library.schema(self.database)
        verdict = await self.judge(draft.sql, whole.catalog, self.access)
        if isinstance(verdict, Rejected):
            return Setback("rejected", draft.sql, verdict.reason, verdict.hint)
        target = await self.targets.of(self.database)
        try:
            estimate = await target.explain(verdict)
        except QueryFailed as failure:
            return Setback(failure.kind, draft.sql, failure.reason)
        costly = self._is_costly(estimate)
        if costly and self._approves == "never":
            return Setback("rejected", draft.sql, TOO_COSTLY, NARROWER)
        return Ballot(draft, verdict, estimate.cost, self._why_ask(costly))

    @property
    def _approves(self) -> str:
        """The stricter rule counts: that of the operator, or that of the role."""
        if self.policy.approve == "always" or self.access is None:
            return self.policy.approve
        return self.access.role.approve

    def _why_ask(self, costly: bool) -> str | None:
        if self._approves == "always":
            return COSTLY if costly else ALWAYS
        return COSTLY if costly else None

    def _is_costly(self, estimate: Estimate) -> bool:
        """Hold what the engine expects against what the role may cause. What it does not tell is little."""
        if self.access is None:
            return False
        role = self.access.role
        expected = (
            (estimate.rows, role.most_planned_rows),
            (estimate.cost, role.most_planned_cost),
        )
        return any(told is not None and most is not None and told > most for told, most in expected)

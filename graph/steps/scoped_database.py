"""One database restricted to a principal's access: schema, retrieval, validation and limits."""

from dataclasses import dataclass, field, replace
from typing import Any

from agent.analyst import Draft, Setback
from agent.guard.verdict import Rejected
from graph.ports import Judge, QueryTarget, RunConfig, SchemaSource, TargetProvider
from graph.steps.candidates_vote import Candidate
from graph.steps.interrupts import approve_request, cost_request
from schema_docs.schema_map import SchemaMap
from schema_docs.search.results import SearchResult
from store.access.roles import Access
from store.errors import QueryFailed
from store.request_cache import RequestCache
from store.rows import Limits
from store.targets.target import Estimate

ALWAYS = "Every query must be approved before it runs."
COSTLY = "This query is expected to do more work than may run without approval."
TOO_COSTLY = "This query is expected to do more work than is allowed."
NARROWER = "Ask for less: a narrower condition, fewer tables, an aggregate."


def approval_request_for(candidate: Candidate, reason: str) -> dict[str, Any]:
    """Build the approval request; expensive queries carry a warning.

    The estimate itself is withheld: it could reveal how many hidden rows exist.
    """
    if reason == COSTLY:
        return cost_request(candidate.approved.display_sql, reason)
    return approve_request(candidate.approved.display_sql, reason)


@dataclass(frozen=True, slots=True)
class ScopedDatabase:
    """A database as one principal may use it. Without an access, only the operator's limits apply."""

    name: str
    access: Access | None
    retriever: SchemaSource
    targets: TargetProvider
    judge: Judge
    config: RunConfig
    cache: RequestCache = field(default_factory=RequestCache)

    @property
    def limits(self) -> Limits:
        """The operator's limits on results, with fewer rows if the role says so."""
        limits, max_rows = self.config.limits, self.access.role.max_rows if self.access else None
        return limits if max_rows is None else replace(limits, rows=min(limits.rows, max_rows))

    async def schema(self) -> SchemaMap:
        """Return the schema map as far as the access shows it."""
        return await self.retriever.schema(self.name, self.access, self.cache)

    async def retrieve(self, question: str) -> SearchResult:
        """Search documents, values and joins for a question, as far as the access shows them."""
        return await self.retriever.find(question, self.name, access=self.access, cache=self.cache)

    async def target(self) -> QueryTarget:
        """Return the open target."""
        return await self.targets.open(self.name, self.cache)

    async def check(self, draft: Draft) -> Candidate | Setback:
        """Validate a draft: first by the guard, then by the target's planner, then by its estimated cost."""
        full_schema = await self.retriever.schema(self.name, None, self.cache)
        verdict = await self.judge(draft.sql, full_schema.catalog, self.access)
        if isinstance(verdict, Rejected):
            return Setback("rejected", draft.sql, verdict.reason, verdict.hint)
        target = await self.target()
        try:
            estimate = await target.explain(verdict)
        except QueryFailed as failure:
            return Setback(failure.kind, draft.sql, failure.reason)
        costly = self._is_costly(estimate)
        if costly and self._approve == "never":
            return Setback("rejected", draft.sql, TOO_COSTLY, NARROWER)
        return Candidate(draft, verdict, estimate.cost, self._approval_reason(costly))

    @property
    def _approve(self) -> str:
        """The stricter of the operator's and the role's approval rule."""
        if self.config.approve == "always" or self.access is None:
            return self.config.approve
        return self.access.role.approve

    def _approval_reason(self, costly: bool) -> str | None:
        if self._approve == "always":
            return COSTLY if costly else ALWAYS
        return COSTLY if costly else None

    def _is_costly(self, estimate: Estimate) -> bool:
        """Compare the engine's estimate with the role's limits; a missing estimate counts as cheap."""
        if self.access is None:
            return False
        role = self.access.role
        checks = (
            (estimate.rows, role.max_estimated_rows),
            (estimate.cost, role.max_estimated_cost),
        )
        return any(
            estimated is not None and limit is not None and estimated > limit for estimated, limit in checks
        )

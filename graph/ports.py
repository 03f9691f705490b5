"""Protocols that the graph requires of other rooms, and the operator's run configuration."""

from dataclasses import dataclass, field
from typing import Literal, Protocol

from agent.guard.verdict import Rejected
from agent.llm.budget import BudgetLimits
from schema_docs.schema_map import SchemaMap
from schema_docs.search.results import SearchResult
from store.access.approved_query import Approved
from store.access.roles import Access, Principal
from store.catalog import Catalog
from store.request_cache import RequestCache
from store.rows import Limits, Rows
from store.targets.target import Estimate


class SchemaSource(Protocol):
    """Schema index of the connected databases, restricted to an access."""

    async def schema(
        self, connection: str, access: Access | None = None, cache: RequestCache | None = None
    ) -> SchemaMap:
        """Return the schema map as far as the access shows it."""
        ...

    async def find(
        self,
        question: str,
        connection: str,
        *,
        access: Access | None = None,
        cache: RequestCache | None = None,
    ) -> SearchResult:
        """Search the documents, values and joins relevant to a question, as far as the access shows them."""
        ...


class QueryTarget(Protocol):
    """A database that can be queried."""

    async def explain(self, approved: Approved) -> Estimate:
        """Return the planner's estimate without running the query."""
        ...

    async def run(self, approved: Approved, limits: Limits) -> Rows:
        """Run the query read-only and within limits."""
        ...


class TargetProvider(Protocol):
    """Registry of open targets."""

    async def open(self, name: str, cache: RequestCache | None = None) -> QueryTarget:
        """Return the target of a connection, opening it if necessary."""
        ...


class Judge(Protocol):
    """SQL validator."""

    async def __call__(self, sql: str, catalog: Catalog, access: Access | None = None) -> Approved | Rejected:
        """Validate a query against the full catalog and the part of it that the access shows."""
        ...


class AccessPolicySource(Protocol):
    """Source of access decisions."""

    async def resolve(
        self, database: str, principal: Principal | None, cache: RequestCache | None = None
    ) -> Access | None:
        """Return what a principal may access; None if the connection has no policy."""
        ...


class AllowAll:
    """Access source without policies: unrestricted access for everyone."""

    async def resolve(
        self, database: str, principal: Principal | None, cache: RequestCache | None = None
    ) -> Access | None:
        """Return None: there is no policy."""
        return None


@dataclass(frozen=True, slots=True)
class RunConfig:
    """The operator's configuration of all runs."""

    limits: Limits
    approve: Literal["never", "always"] = "never"
    clarify: Literal["ask", "never"] = "ask"
    drafts: int = 3
    budget: BudgetLimits = field(default_factory=BudgetLimits)

"""What the nodes need of other rooms, and what the operator decided."""

from dataclasses import dataclass, field
from typing import Literal, Protocol

from agent.guard.verdict import Rejected
from agent.llm.budget import Budget
from schema_docs.schema_map import SchemaMap
from schema_docs.search.results import Found
from store.access.approved_query import Approved
from store.access.roles import Access, Standing
from store.catalog import Catalog
from store.rows import Limits, Rows
from store.targets.target import Estimate


class Maps(Protocol):
    """Who knows what a database holds."""

    async def schema(self, connection: str, access: Access | None = None) -> SchemaMap:
        """All that is known, as far as this access shows it."""
        ...

    async def find(self, question: str, connection: str, *, access: Access | None = None) -> Found:
        """What matters for one question, as far as this access shows it."""
        ...


class Askable(Protocol):
    """A database, as far as a question goes."""

    async def explain(self, approved: Approved) -> Estimate:
        """Plan without running."""
        ...

    async def run(self, approved: Approved, limits: Limits) -> Rows:
        """Run, read-only and within limits."""
        ...


class Judge(Protocol):
    """Who says whether a query only reads."""

    async def __call__(self, sql: str, catalog: Catalog, access: Access | None = None) -> Approved | Rejected:
        """Hold a query against the whole catalog, and against what this access shows of it."""
        ...


class Admits(Protocol):
    """Who knows what somebody may see."""

    async def of(self, database: str, standing: Standing | None) -> Access | None:
        """What may be seen of a connection; None where there is no policy."""
        ...


class Open:
    """Shows everybody everything: for a database without policies."""

    async def of(self, database: str, standing: Standing | None) -> Access | None:
        """No policy."""
        return None


class Reach(Protocol):
    """Who opens the database behind a connection's name."""

    async def of(self, name: str) -> Askable:
        """Open it, or give the one that is open."""
        ...


@dataclass(frozen=True, slots=True)
class Policy:
    """What the operator decided about every turn."""

    limits: Limits
    approve: Literal["never", "always"] = "never"
    clarify: Literal["ask", "never"] = "ask"
    drafts: int = 3
    budget: Budget = field(default_factory=Budget)

"""What the nodes need of other rooms, and what the operator decided."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from agent.guard.verdict import Rejected
from schema_docs.found import Found
from schema_docs.schema_map import SchemaMap
from store.approved import Approved
from store.catalog import Catalog
from store.rows import Limits, Rows
from store.targets.target import Estimate


class Maps(Protocol):
    """Who knows what a database holds."""

    async def schema(self, connection: str) -> SchemaMap:
        """All that is known."""
        ...

    async def find(self, question: str, connection: str) -> Found:
        """What matters for one question."""
        ...


class Askable(Protocol):
    """A database, as far as a question goes."""

    async def explain(self, approved: Approved) -> Estimate:
        """Plan without running."""
        ...

    async def run(self, approved: Approved, limits: Limits) -> Rows:
        """Run, read-only and within limits."""
        ...


Judge = Callable[[str, Catalog], Awaitable[Approved | Rejected]]
"""Says whether a query only reads what the catalog shows."""


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

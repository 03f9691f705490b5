"""Small honest stand-ins: each does what the real part promises, in memory."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

from agent.analyst import Draft, Frame, Intent, Memory, Story, Task
from agent.guard.row_security.enforce import judge_for, view_of
from agent.guard.verdict import Rejected
from schema_docs.schema_map import SchemaMap
from schema_docs.search.results import Found, Page
from store.access.approved_query import Approved
from store.access.catalog_filter import visible
from store.access.roles import Access
from store.catalog import Catalog, Column, Table
from store.errors import QueryFailed
from store.rows import Limits, RowColumn, Rows
from store.runs.records import Run
from store.targets.target import Estimate

PETS = Catalog(
    dialect="sqlite",
    tables=(
        Table(
            schema=None,
            name="pets",
            columns=(Column("id", "INTEGER", "integer"), Column("name", "TEXT", "text")),
            primary_key=("id",),
        ),
    ),
)


@dataclass
class ScriptedAnalyst:
    """Says what it was told to say, in order, and keeps what it was shown."""

    intents: list[Intent] = field(default_factory=list)
    drafts: list[Draft | Intent] = field(default_factory=list)
    words: Sequence[str] = ("Here ", "you are.")
    tasks: list[Task] = field(default_factory=list)
    memories: list[Memory] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    stories: list[Story] = field(default_factory=list)
    name: str = "scripted"
    frames: tuple[Frame, ...] = ("direct",)

    async def understand(self, question: str, memory: Memory, schema: SchemaMap, today: date) -> Intent:
        self.asked.append(question)
        self.memories.append(memory)
        return self.intents.pop(0) if self.intents else Intent("data", question)

    async def draft(self, task: Task) -> Draft | Intent:
        self.tasks.append(task)
        return self.drafts.pop(0)

    async def narrate(self, story: Story) -> AsyncIterator[str]:
        self.stories.append(story)
        for word in self.words:
            yield word

    async def suggest(self, story: Story) -> tuple[str, ...]:
        return ("And how many?",)


@dataclass
class OneMap:
    """A library with one map in it."""

    catalog: Catalog = PETS

    async def schema(self, connection: str, access: Access | None = None) -> SchemaMap:
        return SchemaMap(connection, 1, visible(self.catalog, access))

    async def find(
        self, question: str, connection: str, budget_tokens: int = 1_500, access: Access | None = None
    ) -> Found:
        seen = visible(self.catalog, access)
        return Found(1, tuple(Page(table.full_name, table.name) for table in seen))


@dataclass
class ScriptedTarget:
    """Gives rows, or fails, as told; keeps what it ran."""

    outcomes: list[Rows | QueryFailed] = field(default_factory=list)
    ran: list[str] = field(default_factory=list)

    async def of(self, name: str) -> "ScriptedTarget":
        return self

    async def explain(self, approved: Approved) -> Estimate:
        return Estimate(rows=1, cost=1.0)

    async def run(self, approved: Approved, limits: Limits) -> Rows:
        self.ran.append(approved.sql)
        outcome = self.outcomes.pop(0) if self.outcomes else rows_of(["name"], [("Rex",)])
        if isinstance(outcome, QueryFailed):
            raise outcome
        return outcome


async def judged(sql: str, catalog: Catalog, access: Access | None = None) -> Approved | Rejected:
    """Judge in this process."""
    return judge_for(sql, view_of(catalog, access))


def rows_of(names: Sequence[str], values: Sequence[tuple[object, ...]], truncated: bool = False) -> Rows:
    """Rows of text columns."""
    return Rows(tuple(RowColumn(name, "text") for name in names), tuple(values), truncated)


def run_of(conversation: UUID, attempt: int = 1) -> Run:
    """A run that has just been begun."""
    now = datetime.now(UTC)
    return Run(
        id=uuid4(),
        conversation=conversation,
        asker="me",
        question="Why?",
        database="pets",
        input={"question": "Why?"},
        status="running",
        owner="me",
        lease_expires_at=now,
        attempt=attempt,
        cancel_requested=False,
        error=None,
        created_at=now,
        started_at=now,
        finished_at=None,
    )

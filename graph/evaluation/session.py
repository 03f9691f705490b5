"""Evaluation session: one conversation with the whole graph, from the question to the evidence."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any
from uuid import uuid4

from langgraph.checkpoint.base import BaseCheckpointSaver

from agent.llm.budget import LlmBudget
from graph.build import Graph
from graph.errors import describe_failure
from graph.events import DraftWritten, Evidence, Node, RowBatch, RunEvent, StepProgress, TextDelta
from graph.ports import QueryTarget
from graph.run_context import RunContextFactory
from graph.state import RunInput
from store.access.approved_query import Approved
from store.request_cache import RequestCache
from store.rows import Limits, Rows
from store.targets.target import Estimate


@dataclass
class MeteredTarget:
    """Target that adds up its time in milliseconds; it is returned for every connection name."""

    target: QueryTarget
    database_ms: float = 0.0

    async def open(self, name: str, cache: RequestCache | None = None) -> "MeteredTarget":
        """Return this target."""
        return self

    async def explain(self, approved: Approved) -> Estimate:
        """Estimate the query without running it."""
        with self._timer():
            return await self.target.explain(approved)

    async def run(self, approved: Approved, limits: Limits) -> Rows:
        """Run the query, read-only and within limits."""
        with self._timer():
            return await self.target.run(approved, limits)

    @contextmanager
    def _timer(self) -> Iterator[None]:
        started = perf_counter()
        try:
            yield
        finally:
            self.database_ms += (perf_counter() - started) * 1_000


Row = tuple[Any, ...]

ANALYSIS_NODES: frozenset[Node] = frozenset({"analyze", "retrieve", "generate"})


@dataclass(frozen=True, slots=True)
class Reply:
    """Reply to one question, with its timing and usage.

    `sql` is the executed query and `rows` its result as clients see it; None if no query ran. `outcome` is
    that of the turn (`unclear` for a request for clarification), or the error code of a failed turn. `ms` is
    the time to analyze, retrieve and generate, `turn_ms` that of the whole turn without the target's.
    `cost` is None if no model was called, or one without a configured price.
    """

    outcome: str
    words: str
    sql: str | None
    rows: tuple[Row, ...] | None
    confidence: float
    analyst: str
    rounds: int
    ms: float
    turn_ms: float
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = None


class EvaluationSession:
    """Conversation about one database. Start it with `open_session`."""

    def __init__(self, config: "SessionConfig", thread_id: str) -> None:
        self._config = config
        self._thread_id = thread_id

    async def ask(self, question: str) -> Reply:
        """Ask a question and wait for its end; an error becomes the outcome."""
        collector, target, started = _EventCollector(), MeteredTarget(self._config.target), perf_counter()
        contexts = replace(self._config.contexts, targets=target)
        context = await contexts.create(self._config.database, None, collector.record)
        run_input: RunInput = {"question": question, "database": self._config.database}
        thread: Any = {"configurable": {"thread_id": self._thread_id}}
        try:
            updates = self._config.graph.astream(
                run_input, thread, context=context, stream_mode="updates", durability="exit"
            )
            async for update in updates:
                collector.record_update(update)
        except Exception as error:  # noqa: BLE001 – the one boundary of a question: the next is asked anyway
            collector.outcome = describe_failure(error).code
        turn_ms = (perf_counter() - started) * 1_000 - target.database_ms
        return collector.reply(turn_ms, context.budget)


@dataclass(frozen=True)
class SessionConfig:
    """Configuration of the sessions about one database: graph, run contexts, target and checkpointer."""

    graph: Graph
    contexts: RunContextFactory
    target: QueryTarget
    saver: BaseCheckpointSaver[str]
    database: str


@asynccontextmanager
async def open_session(
    config: SessionConfig, thread_id: str | None = None
) -> AsyncIterator[EvaluationSession]:
    """Start a conversation that is deleted at the end; an existing one (`thread_id`) is kept."""
    if thread_id is not None:
        yield EvaluationSession(config, thread_id)
        return
    thread_id = str(uuid4())
    try:
        yield EvaluationSession(config, thread_id)
    finally:
        await config.saver.adelete_thread(thread_id)


@dataclass
class _EventCollector:
    """Collector of the events of one turn."""

    outcome: str = "internal"
    words: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    draft: DraftWritten | None = None
    evidence: Evidence | None = None
    ms: float = 0.0

    def record(self, event: RunEvent) -> None:
        match event:
            case StepProgress(node, "finished", ms) if node in ANALYSIS_NODES:
                self.ms += ms or 0.0
            case DraftWritten():
                self.draft = event
            case RowBatch():
                self.rows = [*(self.rows if event.offset else ()), *event.rows]
            case TextDelta():
                self.words.append(event.text)
            case Evidence():
                self.evidence, self.outcome = event, event.outcome
            case _:
                pass

    def record_update(self, update: dict[str, Any]) -> None:
        """Turn an interrupt, which asks the user for clarification, into the outcome `unclear`."""
        for interrupt in update.get("__interrupt__", ()):
            self.outcome = "unclear"
            self.words.append(str(interrupt.value.get("question", "")))

    def reply(self, turn_ms: float, budget: LlmBudget) -> Reply:
        evidence = self.evidence
        has_run = evidence is not None and evidence.row_count is not None
        return Reply(
            outcome=self.outcome,
            words="".join(self.words),
            sql=evidence.sql if evidence and has_run else None,
            rows=tuple(self.rows) if has_run else None,
            confidence=self._confidence() if has_run else 0.0,
            analyst=evidence.analyst if evidence else "",
            rounds=evidence.rounds if evidence else 0,
            ms=self.ms,
            turn_ms=max(turn_ms, 0.0),
            input_tokens=budget.input_tokens,
            output_tokens=budget.output_tokens,
            cost=budget.cost if budget.input_tokens and not budget.unpriced_calls else None,
        )

    def _confidence(self) -> float:
        """Confidence from the evidence if several drafts voted, else that of the draft."""
        if self.evidence is not None and self.evidence.confidence is not None:
            return self.evidence.confidence
        return self.draft.confidence if self.draft else 0.0

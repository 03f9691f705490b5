"""The service as far as an evaluation needs it: no store, no server, one map in memory for each database."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from agent.analyst import Analyst
from agent.builtin.analyst import BuiltinAnalyst
from agent.builtin.confidence import THRESHOLD
from agent.guard.worker_pool import Judges
from graph.build import build_graph
from graph.compose import policy_of
from graph.evaluation.datasets import EvaluationUnusable
from graph.evaluation.session import Interview, Talk, interviewing
from graph.evaluation.usage_meter import MeteredTarget, count_tokens
from graph.factories import open_analyst, open_embedders
from graph.nodes import Nodes
from graph.ports import Judge, Maps, Policy
from graph.settings import Settings
from graph.state import KEPT
from schema_docs.embedding.embedder import Embedder
from schema_docs.sync.in_memory import draw_unkept
from store.rows import Limits
from store.targets.target import Target

AnalystName = Literal["builtin", "model"]

# A right answer must not be cut off: the question here is whether it is right, not whether it fits a page.
WIDE = Limits(rows=100_000, bytes=64_000_000, seconds=30.0)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who answers, and as if it were which day; `threshold` replaces the built-in analyst's own.

    With `guess` the likeliest reading is taken where the service would ask back.
    """

    analyst: AnalystName
    today: date
    threshold: float = THRESHOLD
    guess: bool = False


@dataclass(frozen=True)
class Database:
    """A database, ready for questions."""

    name: str
    maps: Maps
    talk: Talk
    guessing: Talk

    def interview(self, thread: str | None = None) -> AbstractAsyncContextManager[Interview]:
        """Begin a conversation, which is forgotten at the end; or go on with one, which is kept."""
        return interviewing(self.talk, thread)

    def guess(self) -> AbstractAsyncContextManager[Interview]:
        """Begin a conversation with a service that never asks back, but takes the likeliest reading."""
        return interviewing(self.guessing)


@dataclass(frozen=True)
class Bench:
    """What all databases share, open."""

    analyst: Analyst
    judge: Judge
    embedder: Embedder
    policy: Policy
    today: Callable[[], date]
    saver: BaseCheckpointSaver[str]

    @property
    def limits(self) -> Limits:
        """Where a result is cut off."""
        return self.policy.limits

    @asynccontextmanager
    async def opened(self, name: str, target: Target) -> AsyncIterator[Database]:
        """Draw the map of a database and be ready for questions about it; close it at the end.

        Raises `TargetUnavailable`.
        """
        try:
            yield self.about(name, await draw_unkept(name, target, self.embedder), target)
        finally:
            await target.close()

    def about(self, name: str, maps: Maps, target: Target) -> Database:
        """Be ready for questions about a database that somebody else opened and mapped."""

        def talk(policy: Policy) -> Talk:
            nodes = Nodes(self.analyst, maps, MeteredTarget(target), self.judge, policy, self.today)
            return Talk(build_graph(nodes, self.saver), self.saver, name, policy.budget.prices)

        guessing = replace(self.policy, clarify="never")
        return Database(name, maps, talk(self.policy), talk(guessing))


@asynccontextmanager
async def open_bench(settings: Settings, wanted: Wanted, limits: Limits = WIDE) -> AsyncIterator[Bench]:
    """Open the mind and the guard.

    Raises `EvaluationUnusable` where a model is wanted and none is named, `EmbedderUnavailable`.
    """
    if wanted.analyst == "model" and settings.model is None:
        raise EvaluationUnusable("No language model is named: set QUERENT_MODEL, or use --analyst builtin.")
    chosen = settings if wanted.analyst == "model" else settings.model_copy(update={"model": None})
    async with AsyncExitStack() as stack:
        judges = await stack.enter_async_context(Judges())
        builtin = BuiltinAnalyst(threshold=wanted.threshold)
        answering = await open_analyst(chosen, stack, builtin, count_tokens)
        # What is measured are answers, not beginnings.
        await answering.warm()
        # Nobody is there to approve. Where the service asks back, it has not answered.
        clarify = "never" if wanted.guess else settings.clarify
        policy = replace(policy_of(settings), limits=limits, approve="never", clarify=clarify)
        saver = InMemorySaver(serde=JsonPlusSerializer(allowed_msgpack_modules=KEPT))
        embedder = (await asyncio.to_thread(open_embedders, settings))[0]
        yield Bench(answering.analyst, judges.judge, embedder, policy, lambda: wanted.today, saver)

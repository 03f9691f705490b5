"""Evaluation harness: analyst, guard and graph without store or server; one in-memory map per database."""

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
from agent.guard.worker_pool import JudgePool
from graph.build import build_graph
from graph.compose import run_config
from graph.evaluation.datasets import InvalidEvaluationInput
from graph.evaluation.session import EvaluationSession, MeteredTarget, SessionConfig, open_session
from graph.factories import open_analyst, open_embedders
from graph.nodes import Nodes
from graph.ports import Judge, RunConfig, SchemaSource
from graph.run_context import RunContextFactory
from graph.settings import Settings
from graph.state import CHECKPOINT_TYPES
from schema_docs.embedding.embedder import Embedder
from schema_docs.sync.in_memory import build_in_memory_map
from store.rows import Limits
from store.targets.target import Target

AnalystName = Literal["builtin", "model"]

# Wide limits, so that a correct result is not truncated.
EVALUATION_LIMITS = Limits(rows=100_000, bytes=64_000_000, seconds=30.0)


@dataclass(frozen=True, slots=True)
class EvaluationOptions:
    """Analyst, reference date and thresholds of an evaluation.

    `threshold` replaces the built-in analyst's confidence threshold. With `guess` the most likely
    interpretation is used where the service would ask for clarification.
    """

    analyst: AnalystName
    today: date
    threshold: float = THRESHOLD
    guess: bool = False


@dataclass(frozen=True)
class EvaluationDatabase:
    """Database under evaluation, with its schema map and session configurations."""

    name: str
    maps: SchemaSource
    config: SessionConfig
    guessing_config: SessionConfig

    def session(self, thread_id: str | None = None) -> AbstractAsyncContextManager[EvaluationSession]:
        """Start a conversation that is deleted at the end, or continue a given one, which is kept."""
        return open_session(self.config, thread_id)

    def guessing_session(self) -> AbstractAsyncContextManager[EvaluationSession]:
        """Start a conversation that guesses instead of asking for clarification."""
        return open_session(self.guessing_config)


@dataclass(frozen=True)
class Harness:
    """Open components that all evaluated databases share."""

    analyst: Analyst
    judge: Judge
    embedder: Embedder
    policy: RunConfig
    today: Callable[[], date]
    saver: BaseCheckpointSaver[str]

    @property
    def limits(self) -> Limits:
        """Result limits."""
        return self.policy.limits

    @asynccontextmanager
    async def open_database(self, name: str, target: Target) -> AsyncIterator[EvaluationDatabase]:
        """Build the schema map of a database for the duration of the block, then close the target.

        Raises `TargetUnavailable`.
        """
        try:
            yield self.wrap_database(name, await build_in_memory_map(name, target, self.embedder), target)
        finally:
            await target.close()

    def wrap_database(self, name: str, maps: SchemaSource, target: Target) -> EvaluationDatabase:
        """Prepare sessions for a target that is already open and mapped."""

        def session_config(config: RunConfig) -> SessionConfig:
            graph = build_graph(Nodes(self.analyst, config), self.saver)
            contexts = RunContextFactory(maps, MeteredTarget(target), self.judge, config, self.today)
            return SessionConfig(graph, contexts, target, self.saver, name)

        guessing_config = replace(self.policy, clarify="never")
        return EvaluationDatabase(name, maps, session_config(self.policy), session_config(guessing_config))


@asynccontextmanager
async def open_harness(
    settings: Settings, options: EvaluationOptions, limits: Limits = EVALUATION_LIMITS
) -> AsyncIterator[Harness]:
    """Open the analyst, the guard and the embedder.

    Raises `InvalidEvaluationInput` if a model is required but not configured, and `EmbedderUnavailable`.
    """
    if options.analyst == "model" and settings.model is None:
        raise InvalidEvaluationInput(
            "No language model is configured. Set QUERENT_MODEL, or use --analyst builtin."
        )
    analyst_settings = settings if options.analyst == "model" else settings.model_copy(update={"model": None})
    async with AsyncExitStack() as stack:
        judge_pool = await stack.enter_async_context(JudgePool())
        builtin = BuiltinAnalyst(threshold=options.threshold)
        analyst = await open_analyst(analyst_settings, stack, builtin)
        # Start-up is excluded from the measured times.
        await analyst.warm_up()
        # No person can approve queries here, and a request for clarification counts as unanswered.
        clarify = "never" if options.guess else settings.clarify
        policy = replace(run_config(settings), limits=limits, approve="never", clarify=clarify)
        saver = InMemorySaver(serde=JsonPlusSerializer(allowed_msgpack_modules=CHECKPOINT_TYPES))
        embedder = (await asyncio.to_thread(open_embedders, settings))[0]
        yield Harness(analyst.analyst, judge_pool.judge, embedder, policy, lambda: options.today, saver)

"""What one question took of others: time of the database asked, tokens of models and their price."""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter

from agent.analyst import Usage
from agent.llm.budget import Price
from graph.ports import Askable
from store.access.approved_query import Approved
from store.rows import Limits, Rows
from store.targets.target import Estimate


@dataclass
class Meter:
    """Added up while a question is worked on. `unpriced` counts calls whose price nobody named."""

    prices: Mapping[str, Price] = field(default_factory=dict)
    database_ms: float = 0.0
    input_tokens: int = 0
    output_tokens: int = 0
    money: float = 0.0
    unpriced: int = 0


# Nodes run in tasks of their own, which take this along; each question has its own meter.
meter: ContextVar[Meter] = ContextVar("meter")


def count_tokens(usage: Usage) -> None:
    """Note what a model call took for the question that made it."""
    if (running := meter.get(None)) is None:
        return
    running.input_tokens += usage.input_tokens
    running.output_tokens += usage.output_tokens
    if (price := running.prices.get(usage.model)) is None:
        running.unpriced += 1
    else:
        running.money += price.of(usage)


@dataclass(frozen=True)
class MeteredTarget:
    """One target, whatever the name it is asked for by; its time is noted."""

    target: Askable

    async def of(self, name: str) -> "MeteredTarget":
        """Give this one."""
        return self

    async def explain(self, approved: Approved) -> Estimate:
        """Plan without running."""
        began = perf_counter()
        try:
            return await self.target.explain(approved)
        finally:
            _note_database(began)

    async def run(self, approved: Approved, limits: Limits) -> Rows:
        """Run, read-only and within limits."""
        began = perf_counter()
        try:
            return await self.target.run(approved, limits)
        finally:
            _note_database(began)


def _note_database(began: float) -> None:
    if (running := meter.get(None)) is not None:
        running.database_ms += (perf_counter() - began) * 1_000

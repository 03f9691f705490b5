"""Metered target: measures the time that the target database takes for one question."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

from graph.ports import QueryTarget
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

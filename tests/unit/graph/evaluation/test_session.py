"""The time of a target is measured, also when a query fails."""

import pytest

from graph.evaluation.session import MeteredTarget
from store.access.approved_query import Approved
from store.errors import QueryFailed
from store.rows import Limits, Rows
from store.targets.target import Estimate


class FailingTarget:
    """Target whose every query fails."""

    async def explain(self, approved: Approved) -> Estimate:
        raise QueryFailed(approved.sql, "unknown_name", "There is no such table.")

    async def run(self, approved: Approved, limits: Limits) -> Rows:
        raise QueryFailed(approved.sql, "unknown_name", "There is no such table.")


async def test_a_metered_target_answers_to_every_name() -> None:
    target = MeteredTarget(FailingTarget())
    assert await target.open("anything") is target
    assert target.database_ms == 0.0


async def test_the_time_of_a_failed_query_counts() -> None:
    target = MeteredTarget(FailingTarget())
    with pytest.raises(QueryFailed):
        await target.run(Approved("SELECT 1", "sqlite", ()), Limits(rows=1, bytes=1, seconds=1.0))
    assert target.database_ms > 0.0

"""Drafts vote by what they bring."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from agent.analyst import Draft
from graph.steps.candidates_vote import (
    Agreement,
    Candidate,
    CandidateResult,
    run_candidates,
    select_by_majority,
)
from store.access.approved_query import Approved
from store.errors import QueryFailed, TargetUnavailable
from store.rows import Limits, Rows
from tests.fixtures.scripted_analyst import PETS, ScriptedTarget, judge_in_process, make_rows

ONE, TWO = make_rows(["n"], [(1,)]), make_rows(["n"], [(2,)])
PLAIN = "SELECT name FROM pets"
JOINED = "SELECT a.name FROM pets AS a JOIN pets AS b ON a.id = b.id"


async def candidate(sql: str, cost: float | None = None) -> Candidate:
    approved = await judge_in_process(sql, PETS)
    assert isinstance(approved, Approved)
    return Candidate(Draft(sql), approved, cost)


@dataclass
class Answering(ScriptedTarget):
    """Gives for each query what is laid down for it, or keeps silent."""

    given: dict[str, Rows | Exception] = field(default_factory=dict)
    stopped: int = 0

    async def run(self, approved: Approved, limits: Limits) -> Rows:
        given = next((rows for sql, rows in self.given.items() if sql in approved.sql.replace('"', "")), None)
        if given is None:
            try:
                await asyncio.Event().wait()
            finally:
                self.stopped += 1
        if isinstance(given, Exception):
            raise given
        assert given is not None
        return given


async def test_the_result_of_most_drafts_is_taken() -> None:
    results = [
        CandidateResult(await candidate(PLAIN), ONE),
        CandidateResult(await candidate(JOINED), TWO),
        CandidateResult(await candidate(JOINED), TWO),
    ]
    taken, agreement = select_by_majority(results, 3)
    assert taken.rows == TWO
    assert agreement == Agreement(2, 3)


async def test_among_equals_fewer_joins_win_then_the_lower_cost() -> None:
    joined, costly, cheap = await candidate(JOINED, 1), await candidate(PLAIN, 9), await candidate(PLAIN, 2)
    assert (
        select_by_majority([CandidateResult(joined, ONE), CandidateResult(costly, TWO)], 2)[0].candidate
        == costly
    )
    assert (
        select_by_majority([CandidateResult(costly, ONE), CandidateResult(cheap, TWO)], 2)[0].candidate
        == cheap
    )
    assert (
        select_by_majority([CandidateResult(await candidate(PLAIN), ONE), CandidateResult(costly, TWO)], 2)[
            0
        ].candidate
        == costly
    )


async def test_the_order_decides_only_where_every_draft_orders() -> None:
    up, down = make_rows(["n"], [(1,), (2,)]), make_rows(["n"], [(2,), (1,)])
    ordered, plain = await candidate(f"{PLAIN} ORDER BY name"), await candidate(PLAIN)
    assert select_by_majority([CandidateResult(ordered, up), CandidateResult(plain, down)], 2)[
        1
    ] == Agreement(2, 2)
    assert select_by_majority([CandidateResult(ordered, up), CandidateResult(ordered, down)], 2)[
        1
    ] == Agreement(1, 2)


async def test_drafts_that_fail_leave_setbacks_and_no_vote() -> None:
    failing = QueryFailed("x", "type_mismatch", "no")
    target = Answering(given={"FROM pets AS a": ONE, "SELECT pets.name": failing})
    results = await run_candidates(
        [await candidate(JOINED), await candidate("SELECT pets.name FROM pets")], target, Limits()
    )
    assert [result.rows for result in results.successes] == [ONE]
    assert [(setback.kind, setback.sql) for setback in results.setbacks] == [
        ("type_mismatch", "SELECT pets.name FROM pets")
    ]


async def test_all_drafts_share_the_time_of_one() -> None:
    target = Answering(given={"FROM pets AS a": ONE})
    results = await run_candidates(
        [await candidate(JOINED), await candidate(PLAIN)], target, Limits(seconds=0.05)
    )
    assert [result.rows for result in results.successes] == [ONE]
    assert results.setbacks[0].kind == "timeout"
    assert target.stopped == 1


async def test_a_target_that_goes_away_stops_the_other_drafts() -> None:
    target = Answering(given={"FROM pets AS a": TargetUnavailable("gone")})
    with pytest.raises(TargetUnavailable):
        await run_candidates([await candidate(JOINED), await candidate(PLAIN)], target, Limits())
    assert target.stopped == 1


def test_a_single_vote_needs_no_count() -> None:
    vote: Any = CandidateResult(Candidate(Draft("x"), Approved("x", "sqlite", ())), ONE)
    assert select_by_majority([vote], 1) == (vote, Agreement(1, 1))

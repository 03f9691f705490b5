"""Drafts vote by what they bring."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from agent.analyst import Draft
from graph.steps.candidates_vote import Agreement, Ballot, Vote, elect, hold_poll
from store.access.approved_query import Approved
from store.errors import QueryFailed, TargetUnavailable
from store.rows import Limits, Rows
from tests.fakes import PETS, ScriptedTarget, judged, rows_of

ONE, TWO = rows_of(["n"], [(1,)]), rows_of(["n"], [(2,)])
PLAIN = "SELECT name FROM pets"
JOINED = "SELECT a.name FROM pets AS a JOIN pets AS b ON a.id = b.id"


async def ballot(sql: str, cost: float | None = None) -> Ballot:
    approved = await judged(sql, PETS)
    assert isinstance(approved, Approved)
    return Ballot(Draft(sql), approved, cost)


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
    votes = [Vote(await ballot(PLAIN), ONE), Vote(await ballot(JOINED), TWO), Vote(await ballot(JOINED), TWO)]
    taken, agreement = elect(votes, 3)
    assert taken.rows == TWO
    assert agreement == Agreement(2, 3)


async def test_among_equals_fewer_joins_win_then_the_lower_cost() -> None:
    joined, dear, cheap = await ballot(JOINED, 1), await ballot(PLAIN, 9), await ballot(PLAIN, 2)
    assert elect([Vote(joined, ONE), Vote(dear, TWO)], 2)[0].ballot == dear
    assert elect([Vote(dear, ONE), Vote(cheap, TWO)], 2)[0].ballot == cheap
    assert elect([Vote(await ballot(PLAIN), ONE), Vote(dear, TWO)], 2)[0].ballot == dear


async def test_the_order_decides_only_where_every_draft_orders() -> None:
    up, down = rows_of(["n"], [(1,), (2,)]), rows_of(["n"], [(2,), (1,)])
    ordered, plain = await ballot(f"{PLAIN} ORDER BY name"), await ballot(PLAIN)
    assert elect([Vote(ordered, up), Vote(plain, down)], 2)[1] == Agreement(2, 2)
    assert elect([Vote(ordered, up), Vote(ordered, down)], 2)[1] == Agreement(1, 2)


async def test_drafts_that_fail_leave_setbacks_and_no_vote() -> None:
    failing = QueryFailed("x", "type_mismatch", "no")
    target = Answering(given={"FROM pets AS a": ONE, "SELECT pets.name": failing})
    poll = await hold_poll(
        [await ballot(JOINED), await ballot("SELECT pets.name FROM pets")], target, Limits()
    )
    assert [vote.rows for vote in poll.votes] == [ONE]
    assert [(setback.kind, setback.sql) for setback in poll.setbacks] == [
        ("type_mismatch", "SELECT pets.name FROM pets")
    ]


async def test_all_drafts_share_the_time_of_one() -> None:
    target = Answering(given={"FROM pets AS a": ONE})
    poll = await hold_poll([await ballot(JOINED), await ballot(PLAIN)], target, Limits(seconds=0.05))
    assert [vote.rows for vote in poll.votes] == [ONE]
    assert poll.setbacks[0].kind == "timeout"
    assert target.stopped == 1


async def test_a_target_that_goes_away_stops_the_other_drafts() -> None:
    target = Answering(given={"FROM pets AS a": TargetUnavailable("gone")})
    with pytest.raises(TargetUnavailable):
        await hold_poll([await ballot(JOINED), await ballot(PLAIN)], target, Limits())
    assert target.stopped == 1


def test_a_single_vote_needs_no_count() -> None:
    vote: Any = Vote(Ballot(Draft("x"), Approved("x", "sqlite", ())), ONE)
    assert elect([vote], 1) == (vote, Agreement(1, 1))

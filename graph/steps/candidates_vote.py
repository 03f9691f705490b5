"""Drafts that vote: each is run within one budget, and the result that most of them bring is taken."""

import asyncio
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from agent.analyst import Draft, Setback
from agent.results.comparison import count_joins, is_ordered, result_key
from graph.ports import Askable
from store.access.approved_query import Approved
from store.errors import QueryFailed
from store.rows import Limits, Rows


@dataclass(frozen=True, slots=True)
class Ballot:
    """A draft that may run, as it was judged, and what its target expects it to cost.

    `ask` is why a person must look at it first, where one must.
    """

    draft: Draft
    approved: Approved
    cost: float | None = None
    ask: str | None = None


@dataclass(frozen=True, slots=True)
class Vote:
    """A draft that ran, with what it brought."""

    ballot: Ballot
    rows: Rows


@dataclass(frozen=True, slots=True)
class Poll:
    """What became of some drafts: those that ran, and why the others did not, in their order."""

    votes: tuple[Vote, ...]
    setbacks: tuple[Setback, ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How many of the drafts written brought the result that was taken."""

    votes: int
    drafts: int


async def hold_poll(ballots: Sequence[Ballot], target: Askable, limits: Limits) -> Poll:
    """Run drafts side by side, within the time that one may take. Raises `TargetUnavailable`."""
    if len(ballots) == 1:
        outcomes = [await _cast(ballots[0], target, limits)]
    else:
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(_cast_in_time(ballot, target, limits)) for ballot in ballots]
        except ExceptionGroup as failed:
            # The other drafts were stopped when the target went away.
            raise failed.exceptions[0] from None
        outcomes = [task.result() for task in tasks]
    return Poll(
        votes=tuple(outcome for outcome in outcomes if isinstance(outcome, Vote)),
        setbacks=tuple(outcome for outcome in outcomes if isinstance(outcome, Setback)),
    )


def elect(votes: Sequence[Vote], drafts: int) -> tuple[Vote, Agreement]:
    """Take the result that most drafts brought; among equals the one with fewer joins, then at lower cost."""
    if len(votes) == 1:
        return votes[0], Agreement(1, drafts)
    groups: dict[Hashable, list[Vote]] = defaultdict(list)
    ordered = [is_ordered(vote.ballot.approved) for vote in votes]
    for vote in votes:
        # One draft that orders its rows shows that the question asks for it only when all of them do.
        groups[result_key(vote.rows, all(ordered))].append(vote)
    best = min(groups.values(), key=lambda group: (-len(group), min(map(_effort, group))))
    return min(best, key=_effort), Agreement(len(best), drafts)


def _effort(vote: Vote) -> tuple[int, float]:
    cost = vote.ballot.cost
    return count_joins(vote.ballot.approved), float("inf") if cost is None else cost


async def _cast_in_time(ballot: Ballot, target: Askable, limits: Limits) -> Vote | Setback:
    try:
        async with asyncio.timeout(limits.seconds):
            return await _cast(ballot, target, limits)
    except TimeoutError:
        return Setback("timeout", ballot.draft.sql, "The query took too long.")


async def read_again(approved: Approved, target: Askable, limits: Limits) -> Rows | None:
    """Run a query once more whose rows were lost; None where it fails by now. Raises `TargetUnavailable`."""
    try:
        return await target.run(approved, limits)
    except QueryFailed:
        return None


async def _cast(ballot: Ballot, target: Askable, limits: Limits) -> Vote | Setback:
    try:
        return Vote(ballot, await target.run(ballot.approved, limits))
    except QueryFailed as failure:
        return Setback(failure.kind, ballot.draft.sql, failure.reason)

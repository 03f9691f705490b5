"""Self-consistency vote: runs all candidate queries, and takes the result that most of them return."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from agent.analyst import Draft, Setback
from agent.results.comparison import count_joins, is_ordered, same_result
from graph.ports import QueryTarget
from store.access.approved_query import Approved
from store.errors import QueryFailed
from store.rows import Limits, Rows


@dataclass(frozen=True, slots=True)
class Candidate:
    """A draft that passed validation, with the target's cost estimate.

    `approval_reason` says why a person must approve it first, if so.
    """

    draft: Draft
    approved: Approved
    cost: float | None = None
    approval_reason: str | None = None


@dataclass(frozen=True, slots=True)
class CandidateResult:
    """A candidate that ran, with its rows."""

    candidate: Candidate
    rows: Rows


@dataclass(frozen=True, slots=True)
class CandidateResults:
    """The candidates that ran, and the setbacks of those that failed, both in their original order."""

    successes: tuple[CandidateResult, ...]
    setbacks: tuple[Setback, ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How many of the drafts returned the result that was taken."""

    votes: int
    drafts: int


async def run_candidates(
    candidates: Sequence[Candidate], target: QueryTarget, limits: Limits
) -> CandidateResults:
    """Run candidates concurrently within the time limit of one query. Raises `TargetUnavailable`."""
    if len(candidates) == 1:
        outcomes = [await _run(candidates[0], target, limits)]
    else:
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(_run_in_time(each, target, limits)) for each in candidates]
        except ExceptionGroup as failures:
            # The other candidates were cancelled when the target became unavailable.
            raise failures.exceptions[0] from None
        outcomes = [task.result() for task in tasks]
    return CandidateResults(
        successes=tuple(outcome for outcome in outcomes if isinstance(outcome, CandidateResult)),
        setbacks=tuple(outcome for outcome in outcomes if isinstance(outcome, Setback)),
    )


def select_by_majority(results: Sequence[CandidateResult], drafts: int) -> tuple[CandidateResult, Agreement]:
    """Take the result that most candidates returned; ties go to fewer joins, then to lower cost."""
    if len(results) == 1:
        return results[0], Agreement(1, drafts)
    # The question asks for an order only if all candidates order their rows.
    ordered = all(_is_ordered(result.candidate.approved) for result in results)
    groups: list[list[CandidateResult]] = []
    for result in results:
        for group in groups:
            if same_result(result.rows, group[0].rows, ordered=ordered):
                group.append(result)
                break
        else:
            groups.append([result])
    best = min(groups, key=lambda group: (-len(group), min(map(_effort, group))))
    return min(best, key=_effort), Agreement(len(best), drafts)


def _effort(result: CandidateResult) -> tuple[int, float]:
    approved, cost = result.candidate.approved, result.candidate.cost
    joins = count_joins(approved.display_sql, approved.dialect)
    return joins, float("inf") if cost is None else cost


def _is_ordered(approved: Approved) -> bool:
    return is_ordered(approved.display_sql, approved.dialect)


async def _run_in_time(
    candidate: Candidate, target: QueryTarget, limits: Limits
) -> CandidateResult | Setback:
    try:
        async with asyncio.timeout(limits.seconds):
            return await _run(candidate, target, limits)
    except TimeoutError:
        return Setback("timeout", candidate.draft.sql, "The query took too long.")


async def _run(candidate: Candidate, target: QueryTarget, limits: Limits) -> CandidateResult | Setback:
    try:
        return CandidateResult(candidate, await target.run(candidate.approved, limits))
    except QueryFailed as failure:
        return Setback(failure.kind, candidate.draft.sql, failure.reason)


async def rerun(approved: Approved, target: QueryTarget, limits: Limits) -> Rows | None:
    """Run a query again whose rows were lost; None if it fails by now. Raises `TargetUnavailable`."""
    try:
        return await target.run(approved, limits)
    except QueryFailed:
        return None

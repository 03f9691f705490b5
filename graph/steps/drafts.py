"""Drafting rounds: the context of the next round, and the selection of drafts not tried before."""

from collections.abc import Sequence
from dataclasses import replace

from langgraph.types import interrupt

from agent.analyst import Draft, DraftContext, Memory, Setback
from graph.events import Verdict
from graph.run_context import RunContext
from graph.state import State, Update
from graph.steps.candidates_vote import Candidate
from graph.steps.interrupts import ApprovalDecision
from graph.steps.presenters import draft_event
from graph.steps.scoped_database import approval_request_for


async def draft_context(state: State, run: RunContext) -> DraftContext:
    """Build the input of the drafting step."""
    retrieval = state["retrieval"]
    assert retrieval is not None
    return DraftContext(
        intent=state["intent"],
        memory=state.get("memory", Memory()),
        schema=await run.database.schema(),
        retrieval=retrieval,
        today=run.today,
        setbacks=tuple(state["setbacks"]),
        budget=run.budget,
    )


def start_round(drafts: Sequence[Draft], analyst: str, state: State, run: RunContext) -> Update:
    """Keep the drafts that have not failed before; without any, the question has failed."""
    failed = {setback.sql for setback in state["setbacks"]}
    fresh = [draft for draft in drafts if draft.sql not in failed]
    draft, round = (fresh or drafts)[0], state["round"] + 1
    run.sink(draft_event(draft, analyst, round))
    update: Update = {"draft": draft, "drafts": fresh, "round": round}
    return update if fresh else {**update, "outcome": "failed"}


async def conclude_validation(checks: Sequence[Candidate | Setback], state: State, run: RunContext) -> Update:
    """Keep the candidates that may run without approval; if all need approval, ask for the first."""
    candidates = [check for check in checks if isinstance(check, Candidate)]
    setbacks = [check for check in checks if isinstance(check, Setback)]
    unattended = [candidate for candidate in candidates if candidate.approval_reason is None]
    if candidates and not unattended:
        return await _request_approval(candidates[0], state, run)
    return _record_verdict(unattended, setbacks, state, run)


async def _request_approval(candidate: Candidate, state: State, run: RunContext) -> Update:
    """Interrupt the run until a person approves or refuses the query, or replaces it with a valid one."""
    reason = candidate.approval_reason or ""
    while True:
        decision = ApprovalDecision.model_validate(interrupt(approval_request_for(candidate, reason)))
        if decision.decision == "approve":
            return _record_verdict([candidate], [], state, run)
        if decision.decision == "refuse" or decision.sql is None:
            return {"outcome": "refused"}
        draft = replace(candidate.draft, sql=decision.sql, analyst="person", plan=None)
        check = await run.database.check(draft)
        if isinstance(check, Candidate):
            return _record_verdict([check], [], state, run)
        reason = f"The edited query may not run: {check.reason}"


def _record_verdict(
    candidates: list[Candidate], new_setbacks: list[Setback], state: State, run: RunContext
) -> Update:
    setbacks = [*state["setbacks"], *new_setbacks]
    if candidates:
        first = candidates[0]
        run.sink(Verdict(approved=True, sql=first.approved.display_sql))
        return {
            "draft": first.draft,
            "verdict": first.approved,
            "candidates": candidates,
            "setbacks": setbacks,
        }
    # The engine's own message is withheld: it can quote values that the user may not see.
    setback = new_setbacks[0]
    reason = setback.reason if setback.kind == "rejected" else setback.kind
    run.sink(Verdict(approved=False, sql=setback.sql, reason=reason))
    return {"verdict": None, "setbacks": setbacks}

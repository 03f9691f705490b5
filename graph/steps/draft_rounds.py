"""Drafting rounds: the context of the next round, and the selection of drafts not tried before."""

from collections.abc import Sequence

from agent.analyst import Draft, DraftContext, Memory
from graph.run_context import RunContext
from graph.state import State, Update
from graph.steps.presenters import draft_event


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

"""Several questions in one: what became of each, while the others are worked on."""

from dataclasses import replace

from agent.analyst import Intent
from graph.routes import outcome_of
from graph.state import Part, State, Update
from graph.steps.candidates_vote import Agreement, Vote

FRESH_PART: Update = {
    "found": None,
    "draft": None,
    "verdict": None,
    "setbacks": [],
    "outcome": None,
    "row_count": None,
    "round": 0,
    "drafts": [],
    "ballots": [],
    "agreement": None,
    "hollow": None,
    "decided": False,
}
FRESH: Update = {**FRESH_PART, "clarified": False, "reply": "", "ahead": [], "done": [], "done_rows": []}


def settle(state: State) -> Part:
    """Say what became of the question at hand.

    Where better was looked for in vain, the query stands that ran and brought nothing.
    """
    outcome = outcome_of(state)
    if outcome == "failed" and state["hollow"] is not None:
        return replace(state["hollow"], round=state["round"])
    return Part(
        intent=state["intent"],
        outcome=outcome,
        draft=state["draft"],
        verdict=state["verdict"],
        row_count=state["row_count"],
        round=state["round"],
        agreement=state["agreement"],
        setbacks=state["setbacks"],
    )


def hollow_part(vote: Vote, agreement: Agreement, state: State) -> Part:
    """What stands, should nothing better be found: a query that ran and brought nothing."""
    count = len(vote.rows)
    return Part(
        intent=state["intent"],
        outcome="answered" if count else "empty",
        draft=vote.ballot.draft,
        verdict=vote.ballot.approved,
        row_count=count,
        agreement=agreement,
        setbacks=state["setbacks"],
    )


def begin(intent: Intent) -> Update:
    """Take up a question; of several in one the first."""
    if intent.kind != "data" or len(intent.parts) < 2:
        return {**FRESH, "intent": intent}
    first, *ahead = intent.parts
    return {**FRESH, "intent": replace(intent, question=first, plan=(), said=None), "ahead": ahead}


def next_part(state: State) -> Update:
    """Set a question that is worked to its end aside, and take up the next one."""
    first, *rest = state["ahead"]
    return {
        **FRESH_PART,
        "intent": replace(state["intent"], question=first, kind="data", plan=(), reply=None),
        "ahead": rest,
        "done": [*state["done"], settle(state)],
        "done_rows": [*state.get("done_rows", []), state.get("rows")],
    }

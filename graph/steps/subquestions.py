"""Messages with several questions: start the first, conclude each, and proceed to the next."""

from dataclasses import replace

from agent.analyst import Intent
from graph.routes import outcome_of
from graph.state import State, Subquestion, Update
from graph.steps.candidates_vote import Agreement, CandidateResult

NEW_SUBQUESTION: Update = {
    "retrieval": None,
    "draft": None,
    "verdict": None,
    "setbacks": [],
    "outcome": None,
    "row_count": None,
    "round": 0,
    "drafts": [],
    "candidates": [],
    "agreement": None,
    "empty_result": None,
    "default_taken": False,
}
NEW_TURN: Update = {
    **NEW_SUBQUESTION,
    "clarified": False,
    "reply": "",
    "pending": [],
    "finished": [],
    "finished_rows": [],
}


def start_turn(intent: Intent) -> Update:
    """Reset the state for a new turn; of a message with several questions, start the first."""
    if intent.kind != "data" or len(intent.parts) < 2:
        return {**NEW_TURN, "intent": intent}
    first, *pending = intent.parts
    intent = replace(intent, question=first, plan=(), original_question=None)
    return {**NEW_TURN, "intent": intent, "pending": pending}


def next_subquestion(state: State) -> Update:
    """Conclude the current question, and reset the state for the next one."""
    following, *pending = state["pending"]
    return {
        **NEW_SUBQUESTION,
        "intent": replace(state["intent"], question=following, kind="data", plan=(), reply=None),
        "pending": pending,
        "finished": [*state["finished"], conclude(state)],
        "finished_rows": [*state.get("finished_rows", []), state.get("rows")],
    }


def conclude(state: State) -> Subquestion:
    """Return the current question with its outcome.

    If all attempts to improve on an empty result failed, the query that returned it stands.
    """
    outcome = outcome_of(state)
    if outcome == "failed" and state["empty_result"] is not None:
        return replace(state["empty_result"], round=state["round"])
    return Subquestion(
        intent=state["intent"],
        outcome=outcome,
        draft=state["draft"],
        verdict=state["verdict"],
        row_count=state["row_count"],
        round=state["round"],
        agreement=state["agreement"],
        setbacks=state["setbacks"],
    )


def with_empty_result(result: CandidateResult, agreement: Agreement, state: State) -> Subquestion:
    """Return the current question as answered by a query without rows, in case no better one is found."""
    count = len(result.rows)
    return Subquestion(
        intent=state["intent"],
        outcome="answered" if count else "empty",
        draft=result.candidate.draft,
        verdict=result.candidate.approved,
        row_count=count,
        agreement=agreement,
        setbacks=state["setbacks"],
    )

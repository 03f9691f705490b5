"""Control flow: the next node, and the outcome of a question, as pure functions of the state."""

from typing import Literal

from agent.analyst import Outcome
from graph.state import MAX_ROUNDS, State

# Another attempt would take as long and fail in the same way.
NOT_RETRYABLE = frozenset({"timeout", "permission"})


def after_analyze(state: State) -> Literal["analyze", "retrieve", "answer"]:
    """Ask the user, retrieve, or go straight to the answer."""
    if state.get("unclear") is not None:
        return "analyze"
    return "retrieve" if state["intent"].kind == "data" else "answer"


def after_generate(state: State) -> Literal["analyze", "validate", "retrieve", "answer"]:
    """Validate the drafts; without any, ask the user, try another interpretation, or conclude."""
    if state.get("unclear") is not None:
        return "analyze"
    if state["draft"] is None and state["intent"].kind == "data":
        return "retrieve"
    return "validate" if state["draft"] is not None and state["outcome"] is None else _conclude(state)


def after_validate(state: State) -> Literal["generate", "execute", "retrieve", "answer"]:
    """Execute approved queries; draft again after a rejection, while there are rounds left."""
    if state["outcome"] is not None:
        return _conclude(state)
    if state["verdict"] is not None:
        return "execute"
    return "generate" if _may_retry(state) else _conclude(state)


def after_execute(state: State) -> Literal["generate", "retrieve", "answer"]:
    """Conclude with rows; draft again after a failure, while there are rounds left."""
    if state["row_count"] is not None:
        return _conclude(state)
    return "generate" if _may_retry(state) else _conclude(state)


def outcome_of(state: State) -> Outcome:
    """Return the outcome of the question."""
    if state["outcome"] is not None:
        return state["outcome"]
    match state["intent"].kind:
        case "schema":
            return "schema_answer"
        case "small_talk":
            return "small_talk"
        case "write":
            return "refused"
        case "unclear":
            return "unclear"
        case "data":
            count = state["row_count"]
            return "failed" if count is None else "answered" if count else "empty"


def _may_retry(state: State) -> bool:
    setbacks = state["setbacks"]
    return state["round"] < MAX_ROUNDS and setbacks[-1].kind not in NOT_RETRYABLE


def _conclude(state: State) -> Literal["retrieve", "answer"]:
    """Proceed to the next question of the message, or to the answer after the last."""
    return "retrieve" if state["pending"] else "answer"

"""Control flow: who is next, and what the journey ended with. Pure functions of the state."""

from typing import Literal

from agent.analyst import Outcome
from graph.state import MOST_ROUNDS, State

# Trying again would cost the person the same wait for the same ending.
HOPELESS = frozenset({"timeout", "permission"})


def after_analyze(state: State) -> Literal["analyze", "retrieve", "answer"]:
    """Ask back, look things up, or go straight to the words."""
    if state.get("unclear") is not None:
        return "analyze"
    return "retrieve" if state["intent"].kind == "data" else "answer"


def after_generate(state: State) -> Literal["analyze", "validate", "retrieve", "answer"]:
    """Have a draft judged; when there is none ask back, take up another reading, or say so."""
    if state.get("unclear") is not None:
        return "analyze"
    if state["draft"] is None and state["intent"].kind == "data":
        return "retrieve"
    return "validate" if state["draft"] is not None and state["outcome"] is None else _onward(state)


def after_validate(state: State) -> Literal["generate", "execute", "retrieve", "answer"]:
    """Run what was approved; write anew what was not, while there are rounds left."""
    if state["outcome"] is not None:
        return _onward(state)
    if state["verdict"] is not None:
        return "execute"
    return "generate" if _may_try_again(state) else _onward(state)


def after_execute(state: State) -> Literal["generate", "retrieve", "answer"]:
    """Put rows into words; write anew what failed, while there are rounds left."""
    if state["row_count"] is not None:
        return _onward(state)
    return "generate" if _may_try_again(state) else _onward(state)


def outcome_of(state: State) -> Outcome:
    """Name what the journey ended with."""
    if state["outcome"] is not None:
        return state["outcome"]
    match state["intent"].kind:
        case "schema":
            return "described"
        case "smalltalk":
            return "chatted"
        case "write":
            return "refused"
        case "unclear":
            return "unclear"
        case "data":
            count = state["row_count"]
            return "failed" if count is None else "answered" if count else "empty"


def _may_try_again(state: State) -> bool:
    setbacks = state["setbacks"]
    return state["round"] < MOST_ROUNDS and setbacks[-1].kind not in HOPELESS


def _onward(state: State) -> Literal["retrieve", "answer"]:
    """Of several questions in one, the next; then the words for all of them."""
    return "retrieve" if state["ahead"] else "answer"

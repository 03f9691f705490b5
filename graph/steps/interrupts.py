"""What is asked of a person while a run waits, what may come back, and what counts when nobody answers."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from graph.errors import ResponseUnusable

MOST_WORDS = 4_000


class Decision(BaseModel):
    """What a person says of a query: run it, run another one instead, or do not run any."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    decision: Literal["approve", "edit", "refuse"]
    sql: Annotated[str, Field(max_length=20_000)] | None = None


REFUSE = Decision(decision="refuse")


class ClarifyRequest(BaseModel):
    """The question can be read in more than one way."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["clarify"] = "clarify"
    question: str
    choices: tuple[str, ...]
    default: str


class ApproveRequest(BaseModel):
    """A person must look at the query before it runs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["approve"] = "approve"
    sql: str
    reason: str
    default: Decision = REFUSE


class CostRequest(BaseModel):
    """The target expects the query to be dearer than may be run unasked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["cost"] = "cost"
    sql: str
    reason: str
    default: Decision = REFUSE


Words = Annotated[str, Field(min_length=1, max_length=MOST_WORDS)]
_words: TypeAdapter[str] = TypeAdapter(Words)


def check_response(payload: Any, response: Any) -> None:
    """Raise `ResponseUnusable` unless the response fits what was asked."""
    kind = payload.get("kind") if isinstance(payload, dict) else None
    try:
        if kind in ("approve", "cost"):
            decision = Decision.model_validate(response)
            if decision.decision == "edit" and not (decision.sql or "").strip():
                raise ResponseUnusable("An edited query needs its `sql`.")
        else:
            _words.validate_python(response, strict=True)
    except ValidationError as error:
        raise ResponseUnusable(_expectation(kind)) from error


def default_of(payload: Any) -> Any:
    """What counts as the answer when nobody gives one in time: refusing, where nothing is said."""
    told = payload.get("default") if isinstance(payload, dict) else None
    return told if told is not None else REFUSE.model_dump(mode="json", exclude_none=True)


def _expectation(kind: str | None) -> str:
    if kind in ("approve", "cost"):
        return 'The response must be {"decision": "approve" | "edit" | "refuse", "sql"?: text}.'
    return "The response must be one of the choices, or words of your own."


def clarify_request(question: str, choices: Sequence[str]) -> dict[str, Any]:
    """Ask back, as the wire carries it. Who does not answer means the first choice."""
    default = choices[0] if choices else question
    return _as_json(ClarifyRequest(question=question, choices=tuple(choices), default=default))


def approve_request(sql: str, reason: str) -> dict[str, Any]:
    """Ask for a look at a query, as the wire carries it."""
    return _as_json(ApproveRequest(sql=sql, reason=reason))


def cost_request(sql: str, reason: str) -> dict[str, Any]:
    """Warn of what a query would cost, as the wire carries it."""
    return _as_json(CostRequest(sql=sql, reason=reason))


def _as_json(request: BaseModel) -> dict[str, Any]:
    return request.model_dump(mode="json", exclude_none=True)

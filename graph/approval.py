"""What is asked of a person while a run waits, and what may come back."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from graph.errors import ResponseUnusable

MOST_WORDS = 4_000


class ClarifyRequest(BaseModel):
    """The question can be read in more than one way."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["clarify"] = "clarify"
    question: str
    choices: tuple[str, ...]


class ApproveRequest(BaseModel):
    """A person must look at the query before it runs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["approve"] = "approve"
    sql: str
    reason: str


class Decision(BaseModel):
    """What a person says of a query: run it, run another one instead, or do not run any."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    decision: Literal["approve", "edit", "refuse"]
    sql: Annotated[str, Field(max_length=20_000)] | None = None


Words = Annotated[str, Field(min_length=1, max_length=MOST_WORDS)]
_words: TypeAdapter[str] = TypeAdapter(Words)


def check_response(payload: Any, response: Any) -> None:
    """Raise `ResponseUnusable` unless the response fits what was asked."""
    kind = payload.get("kind") if isinstance(payload, dict) else None
    try:
        if kind == "approve":
            decision = Decision.model_validate(response)
            if decision.decision == "edit" and not (decision.sql or "").strip():
                raise ResponseUnusable("An edited query needs its `sql`.")
        else:
            _words.validate_python(response, strict=True)
    except ValidationError as error:
        raise ResponseUnusable(_expectation(kind)) from error


def _expectation(kind: str | None) -> str:
    if kind == "approve":
        return 'The response must be {"decision": "approve" | "edit" | "refuse", "sql"?: text}.'
    return "The response must be one of the choices, or words of your own."


def clarify_request(question: str, choices: Sequence[str]) -> dict[str, Any]:
    """Ask back, as the wire carries it."""
    return ClarifyRequest(question=question, choices=tuple(choices)).model_dump(mode="json")


def approve_request(sql: str, reason: str) -> dict[str, Any]:
    """Ask for a look at a query, as the wire carries it."""
    return ApproveRequest(sql=sql, reason=reason).model_dump(mode="json")

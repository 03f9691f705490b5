"""Human-in-the-loop interrupts: request payloads, validation of responses, and default responses."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from graph.errors import InvalidResponse

MAX_RESPONSE_LENGTH = 4_000


class ApprovalDecision(BaseModel):
    """A person's decision on a query: run it, run an edited one instead, or run none."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    decision: Literal["approve", "edit", "refuse"]
    sql: Annotated[str, Field(max_length=20_000)] | None = None


REFUSE = ApprovalDecision(decision="refuse")


class ClarifyRequest(BaseModel):
    """Request to choose between interpretations of an ambiguous question."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["clarify"] = "clarify"
    question: str
    choices: tuple[str, ...]
    default: str


class ApproveRequest(BaseModel):
    """Request to approve a query before it runs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["approve"] = "approve"
    sql: str
    reason: str
    default: ApprovalDecision = REFUSE


class CostRequest(BaseModel):
    """Request to approve a query whose estimated cost exceeds the limit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["cost"] = "cost"
    sql: str
    reason: str
    default: ApprovalDecision = REFUSE


ResponseText = Annotated[str, Field(min_length=1, max_length=MAX_RESPONSE_LENGTH)]
_response_text: TypeAdapter[str] = TypeAdapter(ResponseText)


def check_response(payload: Any, response: Any) -> None:
    """Raise `InvalidResponse` unless the response fits the interrupt's payload."""
    kind = payload.get("kind") if isinstance(payload, dict) else None
    try:
        if kind in ("approve", "cost"):
            decision = ApprovalDecision.model_validate(response)
            if decision.decision == "edit" and not (decision.sql or "").strip():
                raise InvalidResponse("An edited query needs its `sql`.")
        else:
            _response_text.validate_python(response, strict=True)
    except ValidationError as error:
        raise InvalidResponse(_expectation(kind)) from error


def default_of(payload: Any) -> Any:
    """Return the response that applies after the timeout: the payload's default, else a refusal."""
    default = payload.get("default") if isinstance(payload, dict) else None
    return default if default is not None else REFUSE.model_dump(mode="json", exclude_none=True)


def _expectation(kind: str | None) -> str:
    if kind in ("approve", "cost"):
        return 'The response must be {"decision": "approve" | "edit" | "refuse", "sql"?: text}.'
    return "The response must be one of the choices, or your own text."


def clarify_request(question: str, choices: Sequence[str]) -> dict[str, Any]:
    """Build the JSON payload of a clarification request; its default is the first choice."""
    default = choices[0] if choices else question
    return _as_json(ClarifyRequest(question=question, choices=tuple(choices), default=default))


def approve_request(sql: str, reason: str) -> dict[str, Any]:
    """Build the JSON payload of an approval request."""
    return _as_json(ApproveRequest(sql=sql, reason=reason))


def cost_request(sql: str, reason: str) -> dict[str, Any]:
    """Build the JSON payload of an approval request for an expensive query."""
    return _as_json(CostRequest(sql=sql, reason=reason))


def _as_json(request: BaseModel) -> dict[str, Any]:
    return request.model_dump(mode="json", exclude_none=True)

"""Outbound protocol models: all frames are encoded from them, and the JSON Schema is generated from them."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from agent.analyst import Outcome
from graph.steps.interrupts import ApproveRequest, ClarifyRequest, CostRequest

Status = Literal[
    "queued", "running", "recovered", "lagging", "interrupted", "completed", "failed", "cancelled"
]


class OutboundModel(BaseModel):
    """Model of data sent to clients.

    Unknown fields are dropped: the log may contain events of a newer version of the service.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, json_schema_extra={"additionalProperties": False})

    def dump(self) -> dict[str, Any]:
        """Convert to JSON values, without the fields that were not set."""
        return self.model_dump(exclude_unset=True)


class LifecycleEvent(OutboundModel):
    """Status change of a run: `event` is the protocol's status, `status` the service's more detailed one."""

    event: Literal["running", "interrupted", "completed", "failed"]
    status: Status
    graph_name: str
    run_id: str | None = None
    question: str | None = None
    error: str | None = None
    code: str | None = None


class TextContent(OutboundModel):
    """Text content block, or a delta of one."""

    type: Literal["text", "text-delta"]
    text: str


class MessageEvent(OutboundModel):
    """Part of the streamed reply: message start, block start, text deltas, block finish, message finish."""

    event: Literal[
        "message-start",
        "content-block-start",
        "content-block-delta",
        "content-block-finish",
        "message-finish",
    ]
    role: Literal["ai"] | None = None
    id: str | None = None
    index: int | None = None
    content: TextContent | None = None
    delta: TextContent | None = None


Payload = Annotated[ClarifyRequest | ApproveRequest | CostRequest, Field(discriminator="kind")]


class InputRequest(OutboundModel):
    """Interrupt: a request for input. `value` repeats the payload for the stock Python client."""

    interrupt_id: str
    payload: Payload
    value: Payload
    expires_at: str | None = None


class StepUpdate(OutboundModel):
    """State update of a finished step."""

    node: str
    values: dict[str, Any]


class TurnValues(OutboundModel):
    """Finished turn: question, answer, SQL and the shape of the result."""

    question: str
    answer: str
    outcome: Outcome
    sql: str | None
    columns: list[str]
    row_count: int | None


class ReplyMeta(OutboundModel):
    """Reply metadata: the last event before the command took effect."""

    applied_through_seq: int


class SuccessReply(OutboundModel):
    """Reply to an executed command."""

    type: Literal["success"]
    id: int
    result: dict[str, Any]
    meta: ReplyMeta


class ErrorReply(OutboundModel):
    """Reply to a refused command; without an id, the reason why the event stream ends here."""

    type: Literal["error"]
    id: int | None
    error: str
    code: str
    message: str


class CustomEvent(OutboundModel):
    """Named event of the service; `graph.events` defines the payloads."""

    name: str | None
    payload: Any


class EventParams(OutboundModel):
    """Event with the time at which it was logged, in milliseconds since 1970."""

    namespace: Annotated[list[str], Field(max_length=0)]
    timestamp: int
    data: Any


class EventFrame(OutboundModel):
    """Event, numbered within its conversation."""

    type: Literal["event"]
    event_id: str
    seq: Annotated[int, Field(ge=0)]
    method: str
    params: EventParams

    @classmethod
    def create(cls, seq: int, method: str, timestamp: int, data: Any) -> Self:
        """Create the frame of an event in the root namespace."""
        params = EventParams(namespace=[], timestamp=timestamp, data=data)
        return cls(type="event", event_id=str(seq), seq=seq, method=method, params=params)


EVENT_MODELS: dict[str, type[OutboundModel]] = {
    "lifecycle": LifecycleEvent,
    "messages": MessageEvent,
    "input.requested": InputRequest,
    "updates": StepUpdate,
    "values": TurnValues,
}

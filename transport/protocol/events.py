"""What goes out by the wire, as models: papers are made from them, tests hold every frame against them."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.analyst import Outcome
from graph.steps.interrupts import ApproveRequest, ClarifyRequest, CostRequest

Status = Literal[
    "queued", "running", "recovered", "lagging", "interrupted", "completed", "failed", "cancelled"
]


class Outgoing(BaseModel):
    """One kind of thing that is told."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Lifecycle(Outgoing):
    """A turn of a run's life: `event` is the protocol's word, `status` ours, which is finer."""

    event: Literal["running", "interrupted", "completed", "failed"]
    status: Status
    graph_name: str
    run_id: str | None = None
    question: str | None = None
    error: str | None = None
    code: str | None = None


class Text(Outgoing):
    """A piece of text."""

    type: Literal["text", "text-delta"]
    text: str


class MessagePart(Outgoing):
    """The reply in pieces: started, its block started, pieces of text, the block whole, finished."""

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
    content: Text | None = None
    delta: Text | None = None


Payload = Annotated[ClarifyRequest | ApproveRequest | CostRequest, Field(discriminator="kind")]


class InputRequested(Outgoing):
    """What is asked of a person. `value` is the payload again, where the stock Python client looks for it."""

    interrupt_id: str
    payload: Payload
    value: Payload
    expires_at: str | None = None


class Update(Outgoing):
    """What a step left behind."""

    node: str
    values: dict[str, Any]


class Values(Outgoing):
    """A turn as a whole."""

    question: str
    answer: str
    outcome: Outcome
    sql: str | None
    columns: list[str]
    row_count: int | None


class Meta(Outgoing):
    """The newest event from before a command took effect."""

    applied_through_seq: int


class Success(Outgoing):
    """A command was obeyed."""

    type: Literal["success"]
    id: int
    result: dict[str, Any]
    meta: Meta


class Failure(Outgoing):
    """A command was not obeyed; without an id, the events end here."""

    type: Literal["error"]
    id: int | None
    error: str
    code: str
    message: str


TOLD: dict[str, type[Outgoing]] = {
    "lifecycle": Lifecycle,
    "messages": MessagePart,
    "input.requested": InputRequested,
    "updates": Update,
    "values": Values,
}

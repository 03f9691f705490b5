"""Inbound protocol: command models, accepted shapes of a question, and the frame parser."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import from_json

from transport.protocol.errors import ApiError, RequestRefused

NUL = "\0"
# For pydantic, whose patterns follow the syntax of Rust's regex crate.
NUL_FREE_PATTERN = r"^[^\x00]*$"
CONTAINS_NUL = ApiError("invalid_argument", "Text must not contain the character U+0000.")


def reject_nul(value: Any) -> None:
    """Raise `RequestRefused` if any string in a JSON value contains NUL, at any depth."""
    match value:
        case str() if NUL in value:
            raise RequestRefused(CONTAINS_NUL.code, CONTAINS_NUL.message)
        case list():
            for item in value:
                reject_nul(item)
        case dict():
            for pair in value.items():
                reject_nul(list(pair))


QUESTION_FORMATS = (
    'expected a string, {"question": string}, or {"messages": [{"role": "user", "content": string}]}'
)
USER_ROLES = frozenset({"user", "human"})


@dataclass(frozen=True, slots=True)
class QuestionInput:
    """Text of a question. `database` is the one the client believes the conversation is about."""

    text: str
    database: str | None = None


def parse_question(value: Any) -> QuestionInput:
    """Parse any of the accepted shapes of a question. Raises `ValueError`."""
    match value:
        case QuestionInput():
            return value
        case str():
            return QuestionInput(value)
        case {"question": str(text), "database": str() | None as database, **rest} if not rest:
            return QuestionInput(text, database)
        case {"question": str(text), **rest} if not rest:
            return QuestionInput(text)
        case {"messages": [*_, Mapping() as message]}:
            return QuestionInput(_message_text(message))
    raise ValueError(QUESTION_FORMATS)


def _message_text(message: Mapping[str, Any]) -> str:
    if message.get("role", message.get("type")) not in USER_ROLES:
        raise ValueError("the last message must be the user's")
    match message.get("content"):
        case str(text):
            return text
        case [*blocks]:
            return "".join(_block_text(block) for block in blocks)
    raise ValueError(QUESTION_FORMATS)


def _block_text(block: Any) -> str:
    match block:
        case str(text) | {"type": "text", "text": str(text)}:
            return text
    raise ValueError("only text content is supported")


_STRING = {"type": "string"}
_MESSAGE = {
    "type": "object",
    "properties": {"role": {"enum": ["user", "human"]}, "content": _STRING},
    "required": ["role", "content"],
}
QUESTION_SCHEMA: dict[str, Any] = {
    "anyOf": [
        _STRING,
        {
            "type": "object",
            "properties": {"question": _STRING, "database": _STRING},
            "required": ["question"],
            "additionalProperties": False,
        },
        {
            "type": "object",
            "properties": {"messages": {"type": "array", "items": _MESSAGE, "minItems": 1}},
            "required": ["messages"],
        },
    ]
}

QuestionField = Annotated[QuestionInput, BeforeValidator(parse_question), WithJsonSchema(QUESTION_SCHEMA)]


# The largest integer that JavaScript represents exactly.
MAX_SAFE_INTEGER = 2**53 - 1
MAX_CHANNELS = 64
MAX_NAMESPACES = 64

EventNumber = Annotated[int, Field(ge=0, le=MAX_SAFE_INTEGER, strict=True)]
Name = Annotated[str, StringConstraints(max_length=200)]
# All channels of the protocol, and `*`. This service emits no events on tools, checkpoints and tasks.
CHANNEL = re.compile(
    r"\*|(values|updates|messages|tools|lifecycle|input|checkpoints|tasks|custom)|custom:[\w.-]{1,100}",
    re.ASCII,
)


def is_channel(name: str) -> bool:
    """Return whether this is a channel of the protocol."""
    return CHANNEL.fullmatch(name) is not None


def _check_channel(name: str) -> str:
    if not is_channel(name):
        raise ValueError("unknown channel")
    return name


Channel = Annotated[
    str,
    AfterValidator(_check_channel),
    WithJsonSchema({"type": "string", "pattern": f"^({CHANNEL.pattern})$"}),
]
Namespace = Annotated[list[Name], Field(max_length=20)]


class InboundModel(BaseModel):
    """Model of data from clients; unknown fields are rejected."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class RunStart(InboundModel):
    """Ask a question. There is one assistant, whatever its name; `config` and `metadata` have no effect.

    While another run is active, `multitask_strategy` decides: `reject`, `enqueue`, or `interrupt` (also
    `rollback`: a run that is stopped leaves no turn behind).
    """

    input: QuestionField
    assistant_id: Name | None = None
    multitask_strategy: Annotated[
        Literal["reject", "enqueue", "interrupt", "rollback"], Field(alias="multitaskStrategy")
    ] = "reject"
    config: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    langsmith_tracer: dict[str, Any] | None = None

    @property
    def strategy(self) -> Literal["reject", "enqueue", "interrupt"]:
        """The strategy for a conversation that has an active run."""
        return "interrupt" if self.multitask_strategy == "rollback" else self.multitask_strategy

    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_name=True, validate_by_alias=True)


class RunCancel(InboundModel):
    """Cancel a run; without an id, the active one."""

    run_id: UUID | None = None


class InterruptResponse(InboundModel):
    """Response to one interrupt of a run."""

    interrupt_id: Name
    response: Any
    namespace: Namespace = Field(default_factory=list)


class InputRespond(InboundModel):
    """Respond to an interrupt: one response, or a list that contains one response."""

    interrupt_id: Name | None = None
    response: Any = None
    namespace: Namespace = Field(default_factory=list)
    responses: Annotated[list[InterruptResponse], Field(min_length=1, max_length=1)] | None = None
    config: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None

    @property
    def single_response(self) -> InterruptResponse:
        """The response, from either form."""
        if self.responses is not None:
            return self.responses[0]
        if self.interrupt_id is None:
            raise RequestRefused("invalid_argument", "params.interrupt_id: Field required")
        return InterruptResponse(interrupt_id=self.interrupt_id, response=self.response)


class Subscribe(InboundModel):
    """Subscribe to channels of the conversation, from the event after `since` on."""

    channels: Annotated[list[Channel], Field(min_length=1, max_length=MAX_CHANNELS)]
    namespaces: Annotated[list[Namespace], Field(max_length=MAX_NAMESPACES)] | None = None
    depth: EventNumber | None = None
    since: EventNumber | None = None


class Unsubscribe(InboundModel):
    """End a subscription."""

    subscription_id: Name


class Reconnect(InboundModel):
    """Resume subscriptions after a lost connection, from the event after the last one received."""

    run_id: Name | None = None
    last_event_id: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,16}$")] | None = None
    subscriptions: Annotated[list[Name], Field(max_length=MAX_CHANNELS)] | None = None


Model = TypeVar("Model", bound=BaseModel)
Params = RunStart | RunCancel | InputRespond | Subscribe | Unsubscribe | Reconnect

COMMANDS: Mapping[str, type[Params]] = {
    "run.start": RunStart,
    "run.cancel": RunCancel,
    "input.respond": InputRespond,
    "subscription.subscribe": Subscribe,
    "subscription.unsubscribe": Unsubscribe,
    "subscription.reconnect": Reconnect,
}
# Methods of the protocol that this service does not implement.
UNSUPPORTED_METHODS = frozenset(
    {"agent.getTree", "input.inject", "state.get", "state.listCheckpoints", "state.fork"}
)


class Envelope(InboundModel):
    """Envelope of every command."""

    id: EventNumber
    method: Name
    params: dict[str, Any] = Field(default_factory=dict)
    type: Literal["command"] = "command"


@dataclass(frozen=True, slots=True)
class Command:
    """Valid command, ready to execute."""

    id: int
    params: Params


@dataclass(frozen=True, slots=True)
class InvalidFrame:
    """Frame that is not a valid command, with its id if that could be read."""

    id: int | None
    error: ApiError


def parse_command(frame: str | bytes) -> Command | InvalidFrame:
    """Parse a JSON frame into a command."""
    try:
        value = from_json(frame)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        return InvalidFrame(None, ApiError("malformed", "A command must be a JSON object in UTF-8."))
    id = _command_id(value)
    try:
        reject_nul(value)
        envelope = validate(Envelope, value)
        return Command(envelope.id, validate(_params_model(envelope.method), envelope.params, "params"))
    except RequestRefused as refusal:
        return InvalidFrame(id, refusal.error)


def parse_json(model: type[Model], body: bytes) -> Model:
    """Parse and validate a JSON request body. Raises `RequestRefused`."""
    try:
        value = from_json(body)
    except ValueError as error:
        raise RequestRefused("malformed", "The request body must be JSON in UTF-8.") from error
    reject_nul(value)
    return validate(model, value)


def validate(model: type[Model], value: Any, *location: str) -> Model:
    """Validate a value against a model. Raises `RequestRefused` with a message that locates the error."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise RequestRefused("invalid_argument", validation_message(error.errors(), *location)) from error


def validation_message(errors: Sequence[Any], *location: str) -> str:
    """Describe the first validation error and where it is, without quoting the invalid value."""
    error = errors[0]
    path = ".".join(str(step) for step in (*location, *error["loc"]))[:200]
    reason = str(error["msg"]).removeprefix("Value error, ")
    return f"{path}: {reason}" if path else reason


def _params_model(method: str) -> type[Params]:
    if method in UNSUPPORTED_METHODS:
        raise RequestRefused("not_supported", f"The method {method} is not supported.")
    model = COMMANDS.get(method)
    if model is None:
        raise RequestRefused("unknown_command", f"Unknown method. Supported methods: {', '.join(COMMANDS)}.")
    return model


def _command_id(value: dict[str, Any]) -> int | None:
    id = value.get("id")
    return id if isinstance(id, int) and not isinstance(id, bool) and 0 <= id <= MAX_SAFE_INTEGER else None

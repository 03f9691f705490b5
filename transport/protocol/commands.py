"""What may come in by the wire: commands, checked field by field."""

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

from transport.protocol.errors import Fault, Refused
from transport.protocol.validation import check_texts

EXPECTATION = 'a text, {"question": text}, or {"messages": [{"role": "user", "content": text}]} is expected'
SAID_BY_A_PERSON = frozenset({"user", "human"})


@dataclass(frozen=True, slots=True)
class Question:
    """The words of a question. `database` is what the asker believes the conversation is about."""

    words: str
    database: str | None = None


def read_question(given: Any) -> Question:
    """Find the question in what was given. Raises `ValueError`."""
    match given:
        case Question():
            return given
        case str():
            return Question(given)
        case {"question": str(words), "database": str() | None as database, **rest} if not rest:
            return Question(words, database)
        case {"question": str(words), **rest} if not rest:
            return Question(words)
        case {"messages": [*_, Mapping() as last]}:
            return Question(_words_of(last))
    raise ValueError(EXPECTATION)


def _words_of(message: Mapping[str, Any]) -> str:
    if message.get("role", message.get("type")) not in SAID_BY_A_PERSON:
        raise ValueError("the last message must be the person's")
    match message.get("content"):
        case str(words):
            return words
        case [*blocks]:
            return "".join(_words_in(block) for block in blocks)
    raise ValueError(EXPECTATION)


def _words_in(block: Any) -> str:
    match block:
        case str(words) | {"type": "text", "text": str(words)}:
            return words
    raise ValueError("only text can be read")


_TEXT = {"type": "string"}
_MESSAGE = {
    "type": "object",
    "properties": {"role": {"enum": ["user", "human"]}, "content": _TEXT},
    "required": ["role", "content"],
}
SCHEMA: dict[str, Any] = {
    "anyOf": [
        _TEXT,
        {
            "type": "object",
            "properties": {"question": _TEXT, "database": _TEXT},
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

Asked = Annotated[Question, BeforeValidator(read_question), WithJsonSchema(SCHEMA)]


# The greatest whole number that JavaScript tells from its neighbours.
MOST_NUMBER = 2**53 - 1
MOST_CHANNELS = 64
MOST_NAMESPACES = 64

Number = Annotated[int, Field(ge=0, le=MOST_NUMBER, strict=True)]
Name = Annotated[str, StringConstraints(max_length=200)]
# All that the protocol has, and all of them. We tell nothing on tools, checkpoints and tasks.
CHANNEL = re.compile(
    r"\*|(values|updates|messages|tools|lifecycle|input|checkpoints|tasks|custom)|custom:[\w.-]{1,100}",
    re.ASCII,
)


def is_channel(name: str) -> bool:
    """Is this a channel of the protocol?"""
    return CHANNEL.fullmatch(name) is not None


def _check_channel(name: str) -> str:
    if not is_channel(name):
        raise ValueError("there is no such channel")
    return name


Channel = Annotated[
    str,
    AfterValidator(_check_channel),
    WithJsonSchema({"type": "string", "pattern": f"^({CHANNEL.pattern})$"}),
]
Namespace = Annotated[list[Name], Field(max_length=20)]


class Inbound(BaseModel):
    """Strangers write these, so nothing unknown is let in."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class RunStart(Inbound):
    """Put a question. There is one assistant, whatever its name; `config` and `metadata` change nothing.

    While another run is under way, `multitask_strategy` decides: `reject`, `enqueue`, or `interrupt` (also
    `rollback`: a run that is stopped leaves no turn behind).
    """

    input: Asked
    assistant_id: Name | None = None
    multitask_strategy: Annotated[
        Literal["reject", "enqueue", "interrupt", "rollback"], Field(alias="multitaskStrategy")
    ] = "reject"
    config: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    langsmith_tracer: dict[str, Any] | None = None

    @property
    def strategy(self) -> Literal["reject", "enqueue", "interrupt"]:
        """What to do while another run is under way."""
        return "interrupt" if self.multitask_strategy == "rollback" else self.multitask_strategy

    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_name=True, validate_by_alias=True)


class RunCancel(Inbound):
    """Stop the run; without an id, whichever is running."""

    run_id: UUID | None = None


class Response(Inbound):
    """An answer to one question of a run."""

    interrupt_id: Name
    response: Any
    namespace: Namespace = Field(default_factory=list)


class InputRespond(Inbound):
    """Answer what a run asked back: one answer, or a list with one answer in it."""

    interrupt_id: Name | None = None
    response: Any = None
    namespace: Namespace = Field(default_factory=list)
    responses: Annotated[list[Response], Field(min_length=1, max_length=1)] | None = None
    config: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None

    @property
    def only(self) -> Response:
        """The one answer, however it was given."""
        if self.responses is not None:
            return self.responses[0]
        if self.interrupt_id is None:
            raise Refused("invalid_argument", "params.interrupt_id: Field required")
        return Response(interrupt_id=self.interrupt_id, response=self.response)


class Subscribe(Inbound):
    """Follow the conversation: these channels, from the event after `since` on."""

    channels: Annotated[list[Channel], Field(min_length=1, max_length=MOST_CHANNELS)]
    namespaces: Annotated[list[Namespace], Field(max_length=MOST_NAMESPACES)] | None = None
    depth: Number | None = None
    since: Number | None = None


class Unsubscribe(Inbound):
    """Follow no longer."""

    subscription_id: Name


class Reconnect(Inbound):
    """Go on after a lost connection: everything after the last event that arrived."""

    run_id: Name | None = None
    last_event_id: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,16}$")] | None = None
    subscriptions: Annotated[list[Name], Field(max_length=MOST_CHANNELS)] | None = None


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
# The protocol has these too, and we do not.
LEFT_OUT = frozenset({"agent.getTree", "input.inject", "state.get", "state.listCheckpoints", "state.fork"})


class Envelope(Inbound):
    """What every command looks like from outside."""

    id: Number
    method: Name
    params: dict[str, Any] = Field(default_factory=dict)
    type: Literal["command"] = "command"


@dataclass(frozen=True, slots=True)
class Command:
    """A command that can be obeyed."""

    id: int
    params: Params


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A frame that is no command, and the id it seems to have."""

    id: int | None
    fault: Fault


def read_command(frame: str | bytes) -> Command | Unreadable:
    """Read a frame of JSON."""
    try:
        value = from_json(frame)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        return Unreadable(None, Fault("malformed", "A command must be a JSON object, in UTF-8."))
    id = _id_in(value)
    try:
        check_texts(value)
        envelope = read(Envelope, value)
        return Command(envelope.id, read(_model_of(envelope.method), envelope.params, "params"))
    except Refused as refusal:
        return Unreadable(id, refusal.fault)


def read_json(model: type[Model], body: bytes) -> Model:
    """Read the body of a request. Raises `Refused`."""
    try:
        value = from_json(body)
    except ValueError as error:
        raise Refused("malformed", "The body must be JSON in UTF-8.") from error
    check_texts(value)
    return read(model, value)


def read(model: type[Model], value: Any, *place: str) -> Model:
    """Check a value. Raises `Refused` with a sentence that says where it is wrong."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise Refused("invalid_argument", sentence_of(error.errors(), *place)) from error


def sentence_of(errors: Sequence[Any], *place: str) -> str:
    """Say what is wrong first, and where; never what was there."""
    first = errors[0]
    where = ".".join(str(step) for step in (*place, *first["loc"]))[:200]
    said = str(first["msg"]).removeprefix("Value error, ")
    return f"{where}: {said}" if where else said


def _model_of(method: str) -> type[Params]:
    if method in LEFT_OUT:
        raise Refused("not_supported", f"The command {method} is not supported here.")
    model = COMMANDS.get(method)
    if model is None:
        raise Refused("unknown_command", f"There is no such command; there are {', '.join(COMMANDS)}.")
    return model


def _id_in(value: dict[str, Any]) -> int | None:
    id = value.get("id")
    return id if isinstance(id, int) and not isinstance(id, bool) and 0 <= id <= MOST_NUMBER else None

"""A question as clients put it: bare, with a name, or as the last message of a chat."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

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

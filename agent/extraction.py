"""Finds the filled-in form in whatever a model answered: a tool call, JSON, a code fence, prose around it."""

import json
import re
from collections.abc import Iterator
from typing import Any, TypeVar

from langchain_core.messages import AIMessage
from pydantic import ValidationError

from agent.errors import AnalystConfused
from agent.forms import Form
from agent.thoughts import without_thoughts

AnyForm = TypeVar("AnyForm", bound=Form)

# What a form can hold fits many times; looking through more would let an answer cost us time.
MOST_TEXT = 60_000
MOST_OBJECTS = 40

_FENCED = re.compile(r"```[^\n`]*\n(.*?)(?:```|\Z)", re.DOTALL)
# `strict=False`: models put real line ends into JSON strings, most of all into SQL.
_DECODER = json.JSONDecoder(strict=False)


class FormUnreadable(Exception):
    """An answer holds no usable form; `str()` tells the model what is wrong with it."""


def read_form(message: AIMessage, form: type[AnyForm]) -> AnyForm:
    """Give the form an answer holds.

    Raises `FormUnreadable`, or `AnalystConfused` where asking again is of no use.
    """
    stopped = message.response_metadata.get("finish_reason")
    if stopped == "content_filter" or message.additional_kwargs.get("refusal"):
        raise AnalystConfused("The language model refused to work on this question.")
    text = without_thoughts(message.text[:MOST_TEXT])
    problem = "It is cut off." if stopped == "length" else "It holds no JSON object."
    for candidate in _candidates(message, text):
        try:
            return form.model_validate(candidate)
        except ValidationError as error:
            problem = _in_words(error)
    if (made := form.from_prose(text)) is not None:
        return made
    raise FormUnreadable(problem)


def _candidates(message: AIMessage, text: str) -> Iterator[dict[str, Any]]:
    """Everything that may be the form, likeliest first."""
    for call in message.tool_calls:
        yield call["args"]
    for broken in message.invalid_tool_calls:
        yield from _objects(broken["args"] or "")
    for fenced in _FENCED.finditer(text):
        yield from _objects(fenced[1])
    yield from _objects(text)


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """Each JSON object of a text that does not stand within one already given."""
    position = text.find("{")
    for _ in range(MOST_OBJECTS):
        if position < 0:
            return
        try:
            found, end = _DECODER.raw_decode(text, position)
        except (ValueError, RecursionError):
            end = position + 1
        else:
            if isinstance(found, dict):
                yield found
        position = text.find("{", end)


def _in_words(error: ValidationError) -> str:
    """Name the fields that are wrong, without repeating what stood in them."""
    faults = error.errors(include_url=False, include_input=False, include_context=False)[:5]
    return "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'it'}: {fault['msg']}" for fault in faults)

"""Has a language model fill in a form, by the strictest means its provider takes."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from typing import Any, TypeVar

from langchain_core.exceptions import ModelInvalidRequestError, OutputParserException
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.runnables import Runnable, RunnableBinding
from pydantic import ValidationError

from agent.errors import AnalystConfused, AnalystUnavailable
from agent.llm.budget import current_purse
from agent.llm.errors import explained
from agent.llm.options import UNHEARD, Manner, Way
from agent.llm.output_schemas import Form
from agent.llm.prompts import Prompt, render
from agent.llm.streaming import without_thoughts

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


Ask = Callable[[list[BaseMessage]], Awaitable[AIMessage]]

# Enough of a bad answer to recognise it by; a runaway one must not be paid for twice.
MOST_REPEATED = 2_000


class StructuredModel:
    """A chat model that fills in forms. Remembers which way of asking its provider takes."""

    def __init__(self, model: BaseChatModel, manner: Manner, name: str = "model") -> None:
        self._model = model
        self._name = name
        self._manner = manner
        self._ways = manner.ways
        self._settled = False
        self._bound: dict[tuple[Way, type[Form]], Ask] = {}

    @property
    def way(self) -> Way:
        """The way of asking that is tried first."""
        return self._ways[0]

    def warm(self, *forms: type[Form]) -> None:
        """Make what the first questions would have to wait for."""
        for form in forms:
            self._asking(self.way, form)

    async def fill(self, prompt: Prompt, form: type[AnyForm]) -> AnyForm:
        """Give a filled-in form; an unusable answer is asked for once more, with what is wrong with it.

        Raises `AnalystUnavailable`, `AnalystConfused`.
        """
        try:
            return await self._ask(prompt.messages(), form)
        except _Unusable as unusable:
            again = render("ask_again", problem=unusable.problem, answer=unusable.answer[:MOST_REPEATED])
        try:
            return await self._ask(prompt.followed_by(again).messages(), form)
        except _Unusable as unusable:
            raise AnalystConfused("The language model gave no usable answer, asked twice.") from unusable

    async def _ask(self, messages: Sequence[BaseMessage], form: type[AnyForm]) -> AnyForm:
        current_purse().check()
        with explained():
            try:
                async with asyncio.timeout(self._manner.timeout_s):
                    answer = await self._answer(messages, form)
            except OutputParserException as malformed:
                raise _Unusable("", "It was not well formed.") from malformed
        try:
            return read_form(answer, form)
        except FormUnreadable as unreadable:
            raise _Unusable(answer.text, str(unreadable)) from unreadable

    async def _answer(self, messages: Sequence[BaseMessage], form: type[Form]) -> AIMessage:
        """Ask in the first way that the provider does not refuse; the one that works first is kept.

        Later refusals are about a request, not about the way: they lead to other ways for that request only.
        """
        refused: ModelInvalidRequestError | None = None
        for way in self._ways:
            try:
                answer = await self._asking(way, form)(list(messages))
            except ModelInvalidRequestError as refusal:
                refused = refusal
                continue
            if not self._settled:
                self._ways, self._settled = self._ways[self._ways.index(way) :], True
            self._manner.count(self._name, answer.usage_metadata)
            return answer
        raise AnalystUnavailable("The language model's provider refuses our requests.") from refused

    def _asking(self, way: Way, form: type[Form]) -> Ask:
        if (way, form) not in self._bound:
            bound = _bound(self._model, way, form)
            # Past the binding, which puts together on each call what it is bound to.
            more = bound.kwargs if isinstance(bound, RunnableBinding) else {}
            model = bound.bound if isinstance(bound, RunnableBinding) else bound
            self._bound[way, form] = partial(model.ainvoke, config=UNHEARD, **more)
        return self._bound[way, form]


class _Unusable(Exception):
    """An answer came that holds no form."""

    def __init__(self, answer: str, problem: str) -> None:
        super().__init__(problem)
        self.answer = answer
        self.problem = problem


def _bound(model: BaseChatModel, way: Way, form: type[Form]) -> Runnable[Any, AIMessage]:
    """The model, told how to answer; made once for each form, since making it costs more than using it."""
    name = form.__name__.lower()
    schema = form.schema_for_models()
    match way:
        case "json_schema":
            strict = {"name": name, "schema": schema, "strict": True}
            return model.bind(response_format={"type": "json_schema", "json_schema": strict})
        case "tool":
            function = {"name": name, "description": form.__doc__ or name, "parameters": schema}
            return model.bind_tools([{"type": "function", "function": function}], tool_choice=name)
        case "json_object":
            return model.bind(response_format={"type": "json_object"})
        case "prose":
            return model

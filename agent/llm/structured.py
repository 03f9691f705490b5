"""Structured output: has a language model fill in a schema, by the strictest method its provider supports."""

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

from agent.errors import AnalystUnavailable, InvalidModelOutput
from agent.llm.budget import LlmBudget
from agent.llm.options import WITHOUT_CALLBACKS, LlmOptions, OutputMethod, token_usage
from agent.llm.output_schemas import OutputSchema
from agent.llm.prompts import Prompt, render
from agent.llm.streaming import provider_errors, strip_reasoning

AnySchema = TypeVar("AnySchema", bound=OutputSchema)

# Many times the size of a valid answer; parsing more would let an answer cost CPU time.
MAX_TEXT = 60_000
MAX_OBJECTS = 40
# Of an invalid answer, repeated in the retry: enough to recognise it, without paying for a runaway one twice.
MAX_REPEATED = 2_000

_CODE_BLOCK = re.compile(r"```[^\n`]*\n(.*?)(?:```|\Z)", re.DOTALL)
# `strict=False`: models put raw line breaks into JSON strings, above all into SQL.
_DECODER = json.JSONDecoder(strict=False)


class InvalidOutput(Exception):
    """An answer does not match the schema; `str()` tells the model what is wrong with it."""


def parse_output(message: AIMessage, schema: type[AnySchema]) -> AnySchema:
    """Parse the structured output in an answer.

    Raises `InvalidOutput`, or `InvalidModelOutput` if a retry would be pointless.
    """
    finish_reason = message.response_metadata.get("finish_reason")
    if finish_reason == "content_filter" or message.additional_kwargs.get("refusal"):
        raise InvalidModelOutput("The language model refused to work on this question.")
    text = strip_reasoning(message.text[:MAX_TEXT])
    problem = "It is cut off." if finish_reason == "length" else "It holds no JSON object."
    for candidate in _candidates(message, text):
        try:
            return schema.model_validate(candidate)
        except ValidationError as error:
            problem = _describe(error)
    if (output := schema.from_prose(text)) is not None:
        return output
    raise InvalidOutput(problem)


def _candidates(message: AIMessage, text: str) -> Iterator[dict[str, Any]]:
    """Yield the JSON objects of an answer, the most likely first: tool calls, code blocks, plain text."""
    for call in message.tool_calls:
        yield call["args"]
    for invalid_call in message.invalid_tool_calls:
        yield from _json_objects(invalid_call["args"] or "")
    for block in _CODE_BLOCK.finditer(text):
        yield from _json_objects(block[1])
    yield from _json_objects(text)


def _json_objects(text: str) -> Iterator[dict[str, Any]]:
    """Yield the outermost JSON objects in a text."""
    position = text.find("{")
    for _ in range(MAX_OBJECTS):
        if position < 0:
            return
        try:
            value, end = _DECODER.raw_decode(text, position)
        except (ValueError, RecursionError):
            end = position + 1
        else:
            if isinstance(value, dict):
                yield value
        position = text.find("{", end)


def _describe(error: ValidationError) -> str:
    """Name the invalid fields, without repeating their values."""
    details = error.errors(include_url=False, include_input=False, include_context=False)[:5]
    return "; ".join(f"{'.'.join(map(str, detail['loc'])) or 'it'}: {detail['msg']}" for detail in details)


Call = Callable[[list[BaseMessage]], Awaitable[AIMessage]]


class StructuredModel:
    """A chat model with structured output; remembers which method its provider supports."""

    def __init__(self, model: BaseChatModel, options: LlmOptions, name: str = "model") -> None:
        self._model = model
        self._name = name
        self._options = options
        self._methods = options.methods
        self._method_known = False
        self._calls: dict[tuple[OutputMethod, type[OutputSchema]], Call] = {}

    @property
    def method(self) -> OutputMethod:
        """The method that is tried first."""
        return self._methods[0]

    def warm(self, *schemas: type[OutputSchema]) -> None:
        """Prepare the calls for these schemas, so that the first question does not wait for it."""
        for schema in schemas:
            self._call(self.method, schema)

    async def generate(self, prompt: Prompt, schema: type[AnySchema], budget: LlmBudget) -> AnySchema:
        """Generate structured output; an invalid answer is retried once, with the problem pointed out.

        Raises `AnalystUnavailable`, `InvalidModelOutput`.
        """
        try:
            return await self._try(prompt.messages(), schema, budget)
        except _Unusable as unusable:
            retry = render("retry", problem=unusable.problem, answer=unusable.answer[:MAX_REPEATED])
        try:
            return await self._try(prompt.followed_by(retry).messages(), schema, budget)
        except _Unusable as unusable:
            raise InvalidModelOutput(
                "The language model gave no usable answer in two attempts."
            ) from unusable

    async def _try(
        self, messages: Sequence[BaseMessage], schema: type[AnySchema], budget: LlmBudget
    ) -> AnySchema:
        budget.check()
        with provider_errors():
            try:
                async with asyncio.timeout(self._options.timeout_s):
                    answer = await self._answer(messages, schema)
                budget.record(token_usage(self._name, answer.usage_metadata))
            except OutputParserException as malformed:
                raise _Unusable("", "It was not well formed.") from malformed
        try:
            return parse_output(answer, schema)
        except InvalidOutput as invalid:
            raise _Unusable(answer.text, str(invalid)) from invalid

    async def _answer(self, messages: Sequence[BaseMessage], schema: type[OutputSchema]) -> AIMessage:
        """Call the model by the first method its provider accepts, which is remembered.

        Once a method has worked, a rejection is about that one request: other methods are tried for it only.
        """
        rejection: ModelInvalidRequestError | None = None
        for method in self._methods:
            try:
                answer = await self._call(method, schema)(list(messages))
            except ModelInvalidRequestError as error:
                rejection = error
                continue
            if not self._method_known:
                self._methods, self._method_known = self._methods[self._methods.index(method) :], True
            return answer
        raise AnalystUnavailable("The model provider rejects our requests.") from rejection

    def _call(self, method: OutputMethod, schema: type[OutputSchema]) -> Call:
        if (method, schema) not in self._calls:
            bound = _bind(self._model, method, schema)
            # Unwrapped, because a binding merges its arguments again on each call.
            kwargs = bound.kwargs if isinstance(bound, RunnableBinding) else {}
            model = bound.bound if isinstance(bound, RunnableBinding) else bound
            self._calls[method, schema] = partial(model.ainvoke, config=WITHOUT_CALLBACKS, **kwargs)
        return self._calls[method, schema]


class _Unusable(Exception):
    """An answer without valid structured output."""

    def __init__(self, answer: str, problem: str) -> None:
        super().__init__(problem)
        self.answer = answer
        self.problem = problem


def _bind(model: BaseChatModel, method: OutputMethod, schema: type[OutputSchema]) -> Runnable[Any, AIMessage]:
    """Bind a schema to the model; done once per schema, because it costs more than a call."""
    name = schema.schema_name
    json_schema = schema.json_schema()
    match method:
        case "json_schema":
            strict = {"name": name, "schema": json_schema, "strict": True}
            return model.bind(response_format={"type": "json_schema", "json_schema": strict})
        case "tool":
            function = {"name": name, "description": schema.__doc__ or name, "parameters": json_schema}
            return model.bind_tools([{"type": "function", "function": function}], tool_choice=name)
        case "json_object":
            return model.bind(response_format={"type": "json_object"})
        case "prose":
            return model

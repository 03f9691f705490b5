"""Has a language model fill in a form, by the strictest means its provider takes."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from langchain_core.exceptions import ModelInvalidRequestError, OutputParserException
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.runnables import Runnable, RunnableBinding

from agent.errors import AnalystConfused, AnalystUnavailable
from agent.extraction import AnyForm, FormUnreadable, read_form
from agent.forms import Form
from agent.manner import UNHEARD, Manner, Way
from agent.prompts import Prompt, render
from agent.provider_faults import explained
from agent.purse import current_purse

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

"""Models of other providers fail in the ways we know."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from langchain_core.exceptions import (
    ModelAuthenticationError,
    ModelConnectionError,
    ModelInvalidRequestError,
    ModelRateLimitError,
)
from langchain_core.language_models import BaseChatModel, FakeListLLM
from langchain_core.language_models.fake import FakeStreamingListLLM
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from agent.errors import AnalystUnavailable
from agent.llm.analyst import ModelAnalyst
from agent.llm.budget import LlmBudget
from agent.llm.options import LlmOptions
from agent.llm.provider_adapters import CompletionChatModel, ErrorMappingModel
from tests.fixtures.llm.contexts import MEMORY, SCHEMA, TODAY, answer_context


class Answered(Exception):
    def __init__(self, status_code: int) -> None:
        super().__init__("sk-secret")
        self.status_code = status_code


class Stranger(BaseChatModel):
    """Knows no structured output, and breaks as told."""

    fault: Any = None
    text: str = '{"kind": "data", "question": "How many?"}'

    @property
    def _llm_type(self) -> str:
        return "stranger"

    def _generate(
        self, messages: list[BaseMessage], stop: Any = None, *more: Any, **kwargs: Any
    ) -> ChatResult:
        if self.fault is not None:
            raise self.fault
        if kwargs:
            raise TypeError(f"unexpected {kwargs}")
        return ChatResult(generations=[ChatGeneration(message=AIMessage(self.text))])

    async def _astream(
        self, messages: list[BaseMessage], stop: Any = None, *more: Any, **kwargs: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        yield ChatGenerationChunk(message=AIMessageChunk(content="There "))
        if self.fault is not None:
            raise self.fault
        yield ChatGenerationChunk(message=AIMessageChunk(content="are 12."))


class Handy(Stranger):
    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Any:
        return self.bind(their_tools=[tool["function"]["name"] for tool in tools])


def analyst(model: BaseChatModel) -> ModelAnalyst:
    return ModelAnalyst(ErrorMappingModel(inner=model))


async def test_who_knows_no_structured_output_is_asked_in_prose() -> None:
    intent = await analyst(Stranger()).understand("how many?", MEMORY, SCHEMA, TODAY, LlmBudget())
    assert intent.question == "How many?"


async def test_words_are_streamed() -> None:
    assert [words async for words in analyst(Stranger()).narrate(answer_context())] == ["There ", "are 12."]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Answered(429), ModelRateLimitError),
        (Answered(401), ModelAuthenticationError),
        (Answered(400), ModelInvalidRequestError),
        (Answered(503), ModelConnectionError),
        (RuntimeError("sk-secret"), ModelConnectionError),
        (NotImplementedError("sk-secret"), ModelInvalidRequestError),
    ],
)
async def test_faults_have_our_classes_and_not_their_words(fault: Exception, kind: type[Exception]) -> None:
    with pytest.raises(kind) as raised:
        await ErrorMappingModel(inner=Stranger(fault=fault)).ainvoke("q")
    assert "secret" not in str(raised.value)


async def test_a_stranger_that_breaks_is_unavailable() -> None:
    broken = analyst(Stranger(fault=RuntimeError("gone")))
    with pytest.raises(AnalystUnavailable):
        await broken.understand("q", MEMORY, SCHEMA, TODAY, LlmBudget())
    with pytest.raises(AnalystUnavailable):
        _ = [words async for words in broken.narrate(answer_context())]


def test_tools_are_offered_in_the_providers_own_form() -> None:
    tool = {"type": "function", "function": {"name": "writing", "description": "", "parameters": {}}}
    bound: Any = ErrorMappingModel(inner=Handy()).bind_tools([tool], tool_choice="writing")
    assert bound.kwargs == {"their_tools": ["writing"]}
    with pytest.raises(ModelInvalidRequestError):
        ErrorMappingModel(inner=Stranger()).bind_tools([tool])


FILLED = 'Sure: {"kind": "data", "question": "How many?"}'


async def test_forms_are_found_in_its_prose() -> None:
    analyst = ModelAnalyst(
        CompletionChatModel(llm=FakeListLLM(responses=[FILLED])), options=LlmOptions(methods=("prose",))
    )
    intent = await analyst.understand("how many?", MEMORY, SCHEMA, TODAY, LlmBudget())
    assert (intent.kind, intent.question) == ("data", "How many?")


async def test_its_words_are_streamed() -> None:
    analyst = ModelAnalyst(CompletionChatModel(llm=FakeStreamingListLLM(responses=["Twelve."])))
    assert "".join([piece async for piece in analyst.narrate(answer_context())]) == "Twelve."


def test_instructions_stand_before_the_material() -> None:
    model = CompletionChatModel(llm=FakeListLLM(responses=["ok"]))
    assert model.invoke([("system", "Do this."), ("human", "With that.")]).text == "ok"
    assert "fake" in model._llm_type

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
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from agent.errors import AnalystUnavailable
from agent.foreign_model import ForeignModel
from agent.model_analyst import ModelAnalyst
from tests.model_world import MEMORY, SCHEMA, TODAY, story


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
    return ModelAnalyst(ForeignModel(inner=model))


async def test_who_knows_no_structured_output_is_asked_in_prose() -> None:
    intent = await analyst(Stranger()).understand("how many?", MEMORY, SCHEMA, TODAY)
    assert intent.question == "How many?"


async def test_words_are_streamed() -> None:
    assert [words async for words in analyst(Stranger()).narrate(story())] == ["There ", "are 12."]


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
        await ForeignModel(inner=Stranger(fault=fault)).ainvoke("q")
    assert "secret" not in str(raised.value)


async def test_a_stranger_that_breaks_is_unavailable() -> None:
    broken = analyst(Stranger(fault=RuntimeError("gone")))
    with pytest.raises(AnalystUnavailable):
        await broken.understand("q", MEMORY, SCHEMA, TODAY)
    with pytest.raises(AnalystUnavailable):
        _ = [words async for words in broken.narrate(story())]


def test_tools_are_offered_in_the_providers_own_form() -> None:
    tool = {"type": "function", "function": {"name": "writing", "description": "", "parameters": {}}}
    bound: Any = ForeignModel(inner=Handy()).bind_tools([tool], tool_choice="writing")
    assert bound.kwargs == {"their_tools": ["writing"]}
    with pytest.raises(ModelInvalidRequestError):
        ForeignModel(inner=Stranger()).bind_tools([tool])

"""A model that only continues a text, used as one that talks."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, BaseLLM
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult


class TextModel(BaseChatModel):
    """Puts the messages one below the other; what comes back is the answer. It knows no tools, no schemas."""

    llm: BaseLLM

    @property
    def _llm_type(self) -> str:
        return f"text of {self.llm._llm_type}"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        text = self.llm.invoke(_as_text(messages), stop=stop)
        return ChatResult(generations=[ChatGeneration(message=AIMessage(text))])

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        text = await self.llm.ainvoke(_as_text(messages), stop=stop)
        return ChatResult(generations=[ChatGeneration(message=AIMessage(text))])

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        async for piece in self.llm.astream(_as_text(messages), stop=stop):
            yield ChatGenerationChunk(message=AIMessageChunk(content=piece))


def _as_text(messages: Sequence[BaseMessage]) -> str:
    return "\n\n".join([*(message.text for message in messages), "Answer:\n"])

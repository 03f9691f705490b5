"""Another provider's model, whose faults are told in the classes that ours have."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from typing import Any, cast

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.exceptions import (
    ModelAuthenticationError,
    ModelConnectionError,
    ModelError,
    ModelInvalidRequestError,
    ModelNotFoundError,
    ModelRateLimitError,
    OutputParserException,
)
from langchain_core.language_models import BaseChatModel, BaseLLM
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable

from agent.llm.options import UNHEARD

STATUS_FAULTS: dict[int, type[ModelError]] = {
    400: ModelInvalidRequestError,
    401: ModelAuthenticationError,
    403: ModelAuthenticationError,
    404: ModelNotFoundError,
    422: ModelInvalidRequestError,
    429: ModelRateLimitError,
}
# What a client raises that does not know something it was told to use.
UNKNOWN = (TypeError, ValueError, NotImplementedError, AttributeError)


class ForeignModel(BaseChatModel):
    """Passes everything on to a model, and tells its faults without its words."""

    inner: BaseChatModel

    @property
    def _llm_type(self) -> str:
        return self.inner._llm_type

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Runnable[Any, Any]:
        """Offer tools in the form this provider wants. Raises `ModelInvalidRequestError`."""
        with _told():
            bound = cast(Any, self.inner.bind_tools(tools, **kwargs))
            return self.bind(**bound.kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with _told():
            message = self.inner.invoke(messages, UNHEARD, stop=stop, **kwargs)
        return ChatResult(generations=[ChatGeneration(message=message)])

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with _told():
            message = await self.inner.ainvoke(messages, UNHEARD, stop=stop, **kwargs)
        return ChatResult(generations=[ChatGeneration(message=message)])

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        with _told():
            async with aclosing(
                cast(Any, self.inner.astream(messages, UNHEARD, stop=stop, **kwargs))
            ) as chunks:
                async for chunk in chunks:
                    yield ChatGenerationChunk(message=cast(AIMessageChunk, chunk))


@contextmanager
def _told() -> Iterator[None]:
    """Raise whatever a stranger's client raises as one of the classes we know."""
    try:
        yield
    except (ModelError, OutputParserException, TimeoutError):
        raise
    except Exception as fault:
        # The boundary to clients whose faults nobody can list.
        raise _fault_of(fault) from fault


def _fault_of(fault: Exception) -> ModelError:
    status = getattr(fault, "status_code", None)
    if isinstance(status, int):
        return STATUS_FAULTS.get(status, ModelConnectionError)(f"The provider answered {status}.")
    if isinstance(fault, UNKNOWN):
        return ModelInvalidRequestError("The provider's client does not take this.")
    return ModelConnectionError("The provider cannot be reached, or has a fault.")


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

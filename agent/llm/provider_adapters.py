"""Provider adapters: map the errors of other providers' clients, and use completion models as chat models."""

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

from agent.llm.options import WITHOUT_CALLBACKS

STATUS_ERRORS: dict[int, type[ModelError]] = {
    400: ModelInvalidRequestError,
    401: ModelAuthenticationError,
    403: ModelAuthenticationError,
    404: ModelNotFoundError,
    422: ModelInvalidRequestError,
    429: ModelRateLimitError,
}
# Raised by clients that do not support an argument or a method.
UNSUPPORTED = (TypeError, ValueError, NotImplementedError, AttributeError)


class ErrorMappingModel(BaseChatModel):
    """Delegates to another provider's model, and maps its errors without their text."""

    inner: BaseChatModel

    @property
    def _llm_type(self) -> str:
        return self.inner._llm_type

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Runnable[Any, Any]:
        """Bind tools in the provider's own format. Raises `ModelInvalidRequestError`."""
        with _mapped_errors():
            bound = cast(Any, self.inner.bind_tools(tools, **kwargs))
            return self.bind(**bound.kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with _mapped_errors():
            message = self.inner.invoke(messages, WITHOUT_CALLBACKS, stop=stop, **kwargs)
        return ChatResult(generations=[ChatGeneration(message=message)])

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with _mapped_errors():
            message = await self.inner.ainvoke(messages, WITHOUT_CALLBACKS, stop=stop, **kwargs)
        return ChatResult(generations=[ChatGeneration(message=message)])

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        with _mapped_errors():
            async with aclosing(
                cast(Any, self.inner.astream(messages, WITHOUT_CALLBACKS, stop=stop, **kwargs))
            ) as chunks:
                async for chunk in chunks:
                    yield ChatGenerationChunk(message=cast(AIMessageChunk, chunk))


@contextmanager
def _mapped_errors() -> Iterator[None]:
    """Re-raise any error of a provider's client as a LangChain `ModelError`."""
    try:
        yield
    except (ModelError, OutputParserException, TimeoutError):
        raise
    except Exception as error:
        # Broad, because the errors of third-party clients cannot be enumerated.
        raise _map_error(error) from error


def _map_error(error: Exception) -> ModelError:
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        return STATUS_ERRORS.get(status, ModelConnectionError)(f"The provider answered {status}.")
    if isinstance(error, UNSUPPORTED):
        return ModelInvalidRequestError("The provider's client does not support this request.")
    return ModelConnectionError("The provider cannot be reached or has failed.")


class CompletionChatModel(BaseChatModel):
    """Chat model on top of a completion model: joins the messages; supports neither tools nor schemas."""

    llm: BaseLLM

    @property
    def _llm_type(self) -> str:
        return f"chat on {self.llm._llm_type}"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        text = self.llm.invoke(_join_messages(messages), stop=stop)
        return ChatResult(generations=[ChatGeneration(message=AIMessage(text))])

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        text = await self.llm.ainvoke(_join_messages(messages), stop=stop)
        return ChatResult(generations=[ChatGeneration(message=AIMessage(text))])

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        async for text in self.llm.astream(_join_messages(messages), stop=stop):
            yield ChatGenerationChunk(message=AIMessageChunk(content=text))


def _join_messages(messages: Sequence[BaseMessage]) -> str:
    return "\n\n".join([*(message.text for message in messages), "Answer:\n"])

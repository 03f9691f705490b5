"""The only file that knows a provider: builds the chat model behind the language-model analyst."""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from functools import cached_property
from typing import Any, cast

from httpx2 import AsyncClient, MockTransport, Request, Response
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, BaseCallbackManager
from langchain_core.exceptions import ModelAPIError, OutputParserException
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import var_child_runnable_config
from langchain_openai import ChatOpenAI
from langsmith.utils import tracing_is_enabled
from pydantic import SecretStr
from pydantic_core import from_json

from agent.errors import ModelUnusable
from agent.llm.openai_http import Endpoint, joined, only_says, read_events, until_done
from agent.llm.provider_adapters import ForeignModel, TextModel
from agent.llm.streaming import Piece, piece_of, told_by

OPENAI_URL = "https://api.openai.com/v1"

# Servers on one's own machine take any key, but the client will not start without one.
NO_KEY = "none"

# What a model in this process reads at most; its memory grows with it.
OWN_CONTEXT = 16_384

# Models that think take no temperature but their own.
THINKS = re.compile(r"(?:^|/)(?:o\d|gpt-5)")


def build_model(name: str, url: str | None, key: str | None, timeout_s: float) -> BaseChatModel:
    """Make the client of a model; nothing is sent before it is first asked.

    With a `url`, the name is one of an OpenAI-compatible endpoint's. Without one, `provider:model` names a
    model of another provider, whose package has to be installed. Raises `ModelUnusable`.
    """
    provider, colon, rest = name.partition(":")
    if url is None and colon and provider != "openai":
        return build_other(provider, rest, key, timeout_s)
    return build_openai(rest if colon and url is None else name, url, key, timeout_s)


def build_openai(name: str, url: str | None, key: str | None, timeout_s: float) -> BaseChatModel:
    """Make the client of an OpenAI-compatible endpoint."""
    return LeanChatOpenAI(
        model=name,
        base_url=url or OPENAI_URL,
        api_key=SecretStr(key or NO_KEY),
        temperature=None if THINKS.search(name) else 0.0,
        stream_usage=True,
        use_responses_api=False,
        timeout=timeout_s,
        # `Endpoint` is asked in its place; certificates that nobody needs take 70 ms to read.
        http_async_client=AsyncClient(transport=MockTransport(_never), trust_env=False),
    )


def _never(request: Request) -> Response:
    raise AssertionError("The stock client sends nothing.")


def build_other(provider: str, name: str, key: str | None, timeout_s: float) -> BaseChatModel:
    """Make the client of another provider's model, as far as LangChain knows it. Raises `ModelUnusable`."""
    # Packages of the extras `community` and `providers`: who does not name such a model needs none of them.
    try:
        if provider == "replicate":
            from langchain_community.llms import Replicate  # noqa: PLC0415

            token = {"replicate_api_token": key} if key else {}
            return ForeignModel(
                inner=TextModel(llm=Replicate(model=name, model_kwargs={"temperature": 0.01}, **token))
            )
        if provider == "llamacpp":
            from langchain_community.chat_models import ChatLlamaCpp  # noqa: PLC0415

            return ForeignModel(inner=ChatLlamaCpp(model_path=name, n_ctx=OWN_CONTEXT, temperature=0.0))
        from langchain.chat_models import init_chat_model  # noqa: PLC0415

        given = {"api_key": key} if key else {}
        made = init_chat_model(name, model_provider=provider, temperature=0.0, timeout=timeout_s, **given)
        return ForeignModel(inner=made)
    except ImportError as error:
        extra = "community" if provider in ("replicate", "llamacpp") else "providers"
        raise ModelUnusable(
            f"A model of {provider} needs a package that is not installed ({error.name}): "
            f"install the extra `{extra}`, and the provider's own package."
        ) from error
    except (ValueError, TypeError, OSError) as error:
        # Their words can quote a key or a path.
        raise ModelUnusable(f"A model of {provider} cannot be set up with this name and key.") from error


@asynccontextmanager
async def open_model(
    name: str, url: str | None, key: str | None, timeout_s: float
) -> AsyncIterator[BaseChatModel]:
    """Build a model, and close its connections at the end."""
    model = build_model(name, url, key, timeout_s)
    try:
        yield model
    finally:
        await close_model(model)


async def close_model(model: BaseChatModel) -> None:
    """Close the connections of a model that was built here."""
    if isinstance(model, LeanChatOpenAI):
        await model.endpoint.close()
    if isinstance(model, ChatOpenAI):
        await model.root_async_client.close()
        model.root_client.close()


class LeanChatOpenAI(ChatOpenAI):
    """`ChatOpenAI` that asks and reads by itself.

    What is said, and what is made of the answer, is the stock client's. Its requests take five times as long
    as ours, and 240 µs for a streamed chunk, most of it for objects that are taken apart again at once. Where
    nobody listens to calls (LangSmith, a graph's `messages`), nobody is told about them either. Faults come
    as LangChain's own classes, without the provider's words.
    """

    @cached_property
    def endpoint(self) -> Endpoint:
        """Where the model is asked."""
        stock = self.root_async_client
        headers = {name: told for name, told in stock.default_headers.items() if isinstance(told, str)}
        address = f"{stock.base_url}chat/completions"
        return Endpoint(address, headers | stock.auth_headers, cast(float, self.request_timeout))

    async def ainvoke(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> AIMessage:
        """Give the whole answer."""
        if self._is_heard(config):
            return await super().ainvoke(input, config, stop=stop, **kwargs)
        messages = self._convert_input(input).to_messages()
        [made] = (await self._agenerate(messages, stop, **kwargs)).generations
        made.message.response_metadata |= made.generation_info or {}
        return cast(AIMessage, made.message)

    async def pieces(self, messages: Sequence[BaseMessage]) -> AsyncGenerator[Piece]:
        """Give the reply as it comes: words that came together are one piece."""
        if self._is_heard(None):
            async with aclosing(told_by(self, messages)) as pieces:
                async for piece in pieces:
                    yield piece
            return
        async with aclosing(self._events(list(messages))) as events:
            async for event in events:
                if only_says(event):
                    yield Piece(event["choices"][0]["delta"]["content"])
                elif (chunk := self._chunk(event)) is not None:
                    chunk.message.response_metadata |= chunk.generation_info or {}
                    yield piece_of(cast(AIMessageChunk, chunk.message))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        payload = self._get_request_payload(messages, stop=stop, **kwargs)
        payload.pop("stream")
        content = await self.endpoint.post(payload)
        with _readable():
            answer = from_json(content)
            result = self._create_chat_result(answer)
            if refusal := answer["choices"][0]["message"].get("refusal"):
                result.generations[0].message.additional_kwargs["refusal"] = refusal
        return result

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        async with aclosing(self._events(messages, stop, **kwargs)) as events:
            async for event in events:
                if (chunk := self._chunk(event)) is not None:
                    yield chunk

    async def _events(
        self, messages: list[BaseMessage], stop: list[str] | None = None, **kwargs: Any
    ) -> AsyncGenerator[dict[str, Any]]:
        kwargs |= {"stream": True, "stream_options": {"include_usage": True}}
        payload = self._get_request_payload(messages, stop=stop, **kwargs)
        async with self.endpoint.stream(payload) as pieces:
            async for read in until_done(read_events(pieces)):
                with _readable():
                    events = list(joined(map(from_json, read)))
                for event in events:
                    yield event

    def _chunk(self, event: dict[str, Any]) -> ChatGenerationChunk | None:
        if event.get("error"):
            raise ModelAPIError("The stream reports a fault.")
        with _readable():
            return self._convert_chunk_to_generation_chunk(event, AIMessageChunk, {})

    def _is_heard(self, config: RunnableConfig | None) -> bool:
        around = var_child_runnable_config.get() or {}
        told = (config or {}).get("callbacks") or around.get("callbacks")
        handlers = told.handlers if isinstance(told, BaseCallbackManager) else told
        return bool(handlers or self.callbacks or tracing_is_enabled())


@contextmanager
def _readable() -> Iterator[None]:
    """Raise whatever a malformed answer leads to as `OutputParserException`."""
    try:
        yield
    except (ValueError, LookupError, TypeError, AttributeError) as fault:
        raise OutputParserException("The answer is malformed.") from fault

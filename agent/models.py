"""The only file that knows a provider: builds the chat model behind the language-model analyst."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from typing import Any

import httpx2
from anyio import EndOfStream
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
from langchain_core.exceptions import (
    ContextOverflowError,
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelError,
    ModelInvalidRequestError,
    ModelNotFoundError,
    ModelPermissionDeniedError,
    ModelRateLimitError,
    ModelTimeoutError,
    OutputParserException,
)
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_openai import ChatOpenAI
from openai import APIStatusError, APITimeoutError, AsyncStream, DefaultAsyncHttpxClient, OpenAIError
from pydantic import SecretStr
from pydantic_core import from_json

from agent.errors import ModelUnusable
from agent.event_stream import read_events, until_done
from agent.foreign_model import ForeignModel
from agent.text_model import TextModel

OPENAI_URL = "https://api.openai.com/v1"

# Servers on one's own machine take any key, but the client will not start without one.
NO_KEY = "none"

# Of what may pass by itself (429, 5xx, a lost connection); each time the server's Retry-After is kept.
MOST_RETRIES = 2

# A person would sooner have the built-in analyst's answer than wait longer for this one's turn.
MOST_WAIT_S = 5.0

# A server that listens accepts at once; what is left of the time belongs to the answer.
CONNECT_S = 5.0

# What a model in this process reads at most; its memory grows with it.
OWN_CONTEXT = 16_384

# Models that think take no temperature but their own.
THINKS = re.compile(r"(?:^|/)(?:o\d|gpt-5)")

STATUS_FAULTS: dict[int, type[ModelError]] = {
    400: ModelInvalidRequestError,
    401: ModelAuthenticationError,
    403: ModelPermissionDeniedError,
    404: ModelNotFoundError,
    413: ContextOverflowError,
    422: ModelInvalidRequestError,
    429: ModelRateLimitError,
}
TOO_LONG = re.compile(r"context.?(?:length|window|size)|prompt is too long|maximum context", re.IGNORECASE)


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
    limits = httpx2.Timeout(timeout_s, connect=min(CONNECT_S, timeout_s))
    return LeanChatOpenAI(
        model=name,
        base_url=url or OPENAI_URL,
        api_key=SecretStr(key or NO_KEY),
        temperature=None if THINKS.search(name) else 0.0,
        timeout=limits,
        max_retries=MOST_RETRIES,
        stream_usage=True,
        use_responses_api=False,
        http_async_client=DefaultAsyncHttpxClient(
            timeout=limits, event_hooks={"response": [_forbid_long_waits]}
        ),
    )


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


async def _forbid_long_waits(response: httpx2.Response) -> None:
    """Have the client give up at once where a server asks for more patience than a person has."""
    wait = response.headers.get("retry-after", "0")
    if not (wait.replace(".", "", 1).isdecimal() and float(wait) <= MOST_WAIT_S):
        response.headers["x-should-retry"] = "false"


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
    if isinstance(model, ChatOpenAI):
        await model.root_async_client.close()
        model.root_client.close()


class LeanChatOpenAI(ChatOpenAI):
    """`ChatOpenAI` that reads answers itself.

    Requests, retries and keys are the stock client's. It takes 240 µs for a streamed chunk, most of it for
    objects that are taken apart again at once; reading the events directly gives the same chunks for less.
    Faults come as LangChain's own classes, without the provider's words.
    """

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        payload = self._get_request_payload(messages, stop=stop, **kwargs)
        payload.pop("stream")
        with _classified():
            response = await self._post(payload)
        with _readable():
            answer = from_json(response.content)
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
        kwargs |= {"stream": True, "stream_options": {"include_usage": True}}
        payload = self._get_request_payload(messages, stop=stop, **kwargs)
        with _classified():
            response = await self._post(payload)
            async with aclosing(response):
                async for event in until_done(read_events(response.aiter_bytes())):
                    with _readable():
                        chunk = self._chunk(from_json(event))
                    if chunk is not None:
                        yield chunk

    async def _post(self, payload: dict[str, Any]) -> httpx2.Response:
        """Send a request, again where that may help; of a streamed answer only the head has been read."""
        response: httpx2.Response = await self.root_async_client.post(
            "/chat/completions",
            cast_to=httpx2.Response,
            body=payload,
            stream=payload.get("stream", False),
            stream_cls=AsyncStream[bytes],
        )
        return response

    def _chunk(self, event: dict[str, Any]) -> ChatGenerationChunk | None:
        if event.get("error"):
            raise ModelAPIError("The stream reports a fault.")
        return self._convert_chunk_to_generation_chunk(event, AIMessageChunk, {})


@contextmanager
def _classified() -> Iterator[None]:
    """Raise a fault of the provider or of the way there as one of LangChain's classes."""
    try:
        yield
    except (APITimeoutError, httpx2.TimeoutException) as fault:
        raise ModelTimeoutError("The provider did not answer in time.") from fault
    except APIStatusError as fault:
        raise _status_fault(fault) from fault
    except (OpenAIError, httpx2.RequestError, EndOfStream) as fault:
        raise ModelConnectionError("The provider cannot be reached, or hung up.") from fault


@contextmanager
def _readable() -> Iterator[None]:
    """Raise whatever a malformed answer leads to as `OutputParserException`."""
    try:
        yield
    except (ValueError, LookupError, TypeError, AttributeError) as fault:
        raise OutputParserException("The answer is malformed.") from fault


def _status_fault(fault: APIStatusError) -> ModelError:
    said = f"The provider answered {fault.status_code}."
    if fault.status_code == 400 and TOO_LONG.search(fault.message):
        return ContextOverflowError(said)
    return STATUS_FAULTS.get(fault.status_code, ModelAPIError)(said)

"""Streaming of model answers: chunks without reasoning, sanitized and limited in length."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from typing import Protocol, cast, runtime_checkable

from langchain_core.exceptions import (
    ContextOverflowError,
    ModelAuthenticationError,
    ModelError,
    ModelNotFoundError,
    ModelPermissionDeniedError,
    ModelRateLimitError,
    ModelTimeoutError,
    OutputParserException,
)
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata

from agent.errors import AnalystError, AnalystUnavailable, InvalidModelOutput
from agent.llm.budget import LlmBudget
from agent.llm.options import WITHOUT_CALLBACKS, LlmOptions, token_usage
from agent.llm.prompts import RECITED, Prompt
from agent.results.sanitizer import StreamSanitizer

Mapped = tuple[type[AnalystError], str]

DEFAULT: Mapped = AnalystUnavailable, "The language model cannot be reached or has failed."
MAPPED_ERRORS: dict[type[Exception], Mapped] = {
    ContextOverflowError: (
        InvalidModelOutput,
        "The question and its context are too long for the language model.",
    ),
    OutputParserException: (InvalidModelOutput, "The language model's answer cannot be parsed."),
    ModelTimeoutError: (AnalystUnavailable, "The language model did not answer in time."),
    TimeoutError: (AnalystUnavailable, "The language model did not answer in time."),
    ModelRateLimitError: (
        AnalystUnavailable,
        "The model provider is rate-limiting requests. Please try again shortly.",
    ),
    ModelAuthenticationError: (AnalystUnavailable, "The model provider rejected the API key."),
    ModelPermissionDeniedError: (AnalystUnavailable, "The model provider rejected the API key."),
    ModelNotFoundError: (AnalystUnavailable, "The model provider does not know this language model."),
}
EXPECTED = (ModelError, OutputParserException, TimeoutError, OSError)


@contextmanager
def provider_errors() -> Iterator[None]:
    """Re-raise provider errors as `AnalystError` with a sentence that is safe to show."""
    try:
        yield
    except EXPECTED as error:
        matches = (mapped for kind, mapped in MAPPED_ERRORS.items() if isinstance(error, kind))
        error_class, sentence = next(matches, DEFAULT)
        raise error_class(sentence) from error


THINK_START, THINK_END = "<think>", "</think>"
# A few sentences were requested; an answer that exceeds this many characters is stopped.
MAX_ANSWER = 8_000


def strip_reasoning(text: str) -> str:
    """Return the text after the reasoning; some models begin it without a start tag."""
    return text.rpartition(THINK_END)[2] if THINK_END in text else text


class ReasoningFilter:
    """Removes reasoning from streamed text; here it is recognised by its start tag only."""

    def __init__(self) -> None:
        self._pending = ""
        self._in_reasoning = False
        self._in_answer = False

    def feed(self, text: str) -> str:
        """Add a chunk and return the part of it that belongs to the answer."""
        if self._in_answer:
            return text
        self._pending += text
        return self._skip_reasoning() if self._in_reasoning else self._detect_start()

    def finish(self) -> str:
        """Return the text that was held back; reasoning without an end is no answer."""
        rest = "" if self._in_reasoning else self._pending
        self._pending = ""
        return rest

    def _detect_start(self) -> str:
        start = self._pending.lstrip()
        if start.startswith(THINK_START):
            self._in_reasoning = True
            return self._skip_reasoning()
        return "" if THINK_START.startswith(start) else self._begin_answer(self._pending)

    def _skip_reasoning(self) -> str:
        _, end_tag, rest = self._pending.partition(THINK_END)
        if end_tag and (answer := rest.lstrip()):
            return self._begin_answer(answer)
        # Only the end tag, or the beginning of one, is needed for the next chunk.
        self._pending = THINK_END if end_tag else self._pending[-len(THINK_END) :]
        return ""

    def _begin_answer(self, text: str) -> str:
        self._in_answer, self._in_reasoning, self._pending = True, False, ""
        return text


@dataclass(frozen=True, slots=True)
class StreamChunk:
    """Some text, possibly none, with the finish reason and the token usage as soon as they are known."""

    text: str
    finish_reason: str | None = None
    usage: UsageMetadata | None = None


@runtime_checkable
class ChunkStreamer(Protocol):
    """A model client that streams chunks itself, without LangChain's callbacks."""

    def chunks(self, messages: Sequence[BaseMessage]) -> AsyncGenerator[StreamChunk]:
        """Stream the answer."""
        ...


def stream_chunks(model: BaseChatModel, messages: Sequence[BaseMessage]) -> AsyncGenerator[StreamChunk]:
    """Stream a model's answer by the cheapest means it offers."""
    return model.chunks(messages) if isinstance(model, ChunkStreamer) else stream_langchain(model, messages)


async def stream_langchain(
    model: BaseChatModel, messages: Sequence[BaseMessage]
) -> AsyncGenerator[StreamChunk]:
    """Stream an answer through LangChain, which notifies all callbacks of the model."""
    chunks = cast(AsyncGenerator[AIMessageChunk], model.astream(list(messages), WITHOUT_CALLBACKS))
    async with aclosing(chunks):
        async for chunk in chunks:
            yield chunk_of(chunk)


def chunk_of(chunk: AIMessageChunk) -> StreamChunk:
    """Convert a LangChain chunk."""
    return StreamChunk(chunk.text, chunk.response_metadata.get("finish_reason"), chunk.usage_metadata)


class TextGenerator:
    """A chat model that streams prose; its text contains no links, images or tags."""

    def __init__(self, model: BaseChatModel, options: LlmOptions, name: str = "model") -> None:
        self._model = model
        self._name = name
        self._options = options

    async def stream(self, prompt: Prompt, budget: LlmBudget) -> AsyncIterator[str]:
        """Stream non-empty pieces of text. Raises `AnalystUnavailable`, `InvalidModelOutput`."""
        reasoning, sanitizer, answer, finish_reason = ReasoningFilter(), StreamSanitizer(), "", None
        async with aclosing(self._chunks(prompt, budget)) as chunks:
            async for chunk in chunks:
                finish_reason = chunk.finish_reason or finish_reason
                if text := sanitizer.feed(reasoning.feed(chunk.text))[: MAX_ANSWER - len(answer)]:
                    answer += text
                    if prompt.is_recited_in(answer[-RECITED - len(text) :]):
                        raise InvalidModelOutput("The language model recited its instructions.")
                    yield text
                if len(answer) == MAX_ANSWER:
                    finish_reason = "length"
                    break
            else:
                if rest := sanitizer.feed(reasoning.finish()) + sanitizer.finish():
                    yield rest
        if finish_reason == "content_filter":
            raise InvalidModelOutput("The model provider's content filter stopped the answer.")
        if finish_reason == "length":
            yield " …"

    async def _chunks(self, prompt: Prompt, budget: LlmBudget) -> AsyncGenerator[StreamChunk]:
        """Stream the chunks, within the time limits for the call and for each pause."""
        budget.check()
        clock = asyncio.get_running_loop().time
        deadline = clock() + self._options.timeout_s
        next_deadline = deadline
        with provider_errors():
            async with aclosing(stream_chunks(self._model, prompt.messages())) as chunks:
                while True:
                    async with asyncio.timeout_at(next_deadline):
                        chunk = await anext(chunks, None)
                    if chunk is None:
                        return
                    if chunk.usage:
                        budget.record(token_usage(self._name, chunk.usage))
                    yield chunk
                    next_deadline = min(deadline, clock() + self._options.stall_s)

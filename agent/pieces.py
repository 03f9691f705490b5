"""A reply of a language model, piece by piece, and no more of each than is needed to pass it on."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Protocol, cast, runtime_checkable

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata

from agent.manner import UNHEARD


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words, maybe none; why the reply ends, and what it took, where that has been told by now."""

    text: str
    finish: str | None = None
    usage: UsageMetadata | None = None


@runtime_checkable
class Speaker(Protocol):
    """A model that gives pieces by itself."""

    def pieces(self, messages: Sequence[BaseMessage]) -> AsyncGenerator[Piece]:
        """Give the reply as it comes."""
        ...


def pieces_of(model: BaseChatModel, messages: Sequence[BaseMessage]) -> AsyncGenerator[Piece]:
    """Give a model's reply as it comes."""
    return model.pieces(messages) if isinstance(model, Speaker) else told_by(model, messages)


async def told_by(model: BaseChatModel, messages: Sequence[BaseMessage]) -> AsyncGenerator[Piece]:
    """Give a reply through LangChain, which tells everybody who listens to the model."""
    chunks = cast(AsyncGenerator[AIMessageChunk], model.astream(list(messages), UNHEARD))
    async with aclosing(chunks):
        async for chunk in chunks:
            yield piece_of(chunk)


def piece_of(chunk: AIMessageChunk) -> Piece:
    """Take from a chunk what is needed."""
    return Piece(chunk.text, chunk.response_metadata.get("finish_reason"), chunk.usage_metadata)

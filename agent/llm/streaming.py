"""Has a language model say something, and passes its words on as they are made."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Protocol, cast, runtime_checkable

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata

from agent.errors import AnalystConfused
from agent.llm.budget import current_purse
from agent.llm.errors import explained
from agent.llm.options import UNHEARD, Manner
from agent.llm.prompts import RECITED, Prompt
from agent.results.sanitizer import PlainWords

BEGIN, END = "<think>", "</think>"


def without_thoughts(text: str) -> str:
    """Give what stands after the thoughts; some models begin them without a mark."""
    return text.rpartition(END)[2] if END in text else text


class Aloud:
    """The same for an answer that comes in pieces: thoughts can only be told there by their first mark."""

    def __init__(self) -> None:
        self._waiting = ""
        self._thinking = False
        self._answering = False

    def feed(self, piece: str) -> str:
        """Take a piece; give what is not thought."""
        if self._answering:
            return piece
        self._waiting += piece
        return self._in_thought() if self._thinking else self._at_start()

    def finish(self) -> str:
        """Give what was still waiting; thoughts without an end are no answer."""
        rest = "" if self._thinking else self._waiting
        self._waiting = ""
        return rest

    def _at_start(self) -> str:
        begun = self._waiting.lstrip()
        if begun.startswith(BEGIN):
            self._thinking = True
            return self._in_thought()
        return "" if BEGIN.startswith(begun) else self._answer(self._waiting)

    def _in_thought(self) -> str:
        _, mark, after = self._waiting.partition(END)
        if mark and (said := after.lstrip()):
            return self._answer(said)
        # Only an end that comes in two pieces must be kept, and the end itself.
        self._waiting = END if mark else self._waiting[-len(END) :]
        return ""

    def _answer(self, said: str) -> str:
        self._answering, self._thinking, self._waiting = True, False, ""
        return said


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


# A few sentences were asked for: a model that goes on and on is stopped here.
MOST_SAID = 8_000


class ModelStream:
    """A chat model that talks. The words it gives carry no link, no image and no tag."""

    def __init__(self, model: BaseChatModel, manner: Manner, name: str = "model") -> None:
        self._model = model
        self._name = name
        self._manner = manner

    async def words(self, prompt: Prompt) -> AsyncIterator[str]:
        """Give the words piece by piece, none empty. Raises `AnalystUnavailable`, `AnalystConfused`."""
        aloud, safe, said, stopped = Aloud(), PlainWords(), "", None
        async with aclosing(self._pieces(prompt)) as pieces:
            async for piece in pieces:
                stopped = piece.finish or stopped
                if words := safe.feed(aloud.feed(piece.text))[: MOST_SAID - len(said)]:
                    said += words
                    if prompt.recited_in(said[-RECITED - len(words) :]):
                        raise AnalystConfused("The language model recited its instructions.")
                    yield words
                if len(said) == MOST_SAID:
                    stopped = "length"
                    break
            else:
                if rest := safe.feed(aloud.finish()) + safe.finish():
                    yield rest
        if stopped == "content_filter":
            raise AnalystConfused("The language model's provider stopped its answer.")
        if stopped == "length":
            yield " …"

    async def _pieces(self, prompt: Prompt) -> AsyncGenerator[Piece]:
        """The pieces as they come, each within its time."""
        current_purse().check()
        clock = asyncio.get_running_loop().time
        deadline = clock() + self._manner.timeout_s
        limit = deadline
        with explained():
            async with aclosing(pieces_of(self._model, prompt.messages())) as pieces:
                while True:
                    async with asyncio.timeout_at(limit):
                        piece = await anext(pieces, None)
                    if piece is None:
                        return
                    if piece.usage:
                        self._manner.count(self._name, piece.usage)
                    yield piece
                    limit = min(deadline, clock() + self._manner.stall_s)

"""Has a language model say something, and passes its words on as they are made."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from langchain_core.language_models import BaseChatModel

from agent.errors import AnalystConfused
from agent.manner import Manner
from agent.pieces import Piece, pieces_of
from agent.plain_words import PlainWords
from agent.prompts import RECITED, Prompt
from agent.provider_faults import explained
from agent.purse import current_purse
from agent.thoughts import Aloud

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

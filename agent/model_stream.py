"""Has a language model say something, and passes its words on as they are made."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import cast

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk

from agent.errors import AnalystConfused
from agent.manner import UNHEARD, Manner
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
        async with aclosing(self._chunks(prompt)) as chunks:
            async for chunk in chunks:
                stopped = chunk.response_metadata.get("finish_reason") or stopped
                if words := safe.feed(aloud.feed(chunk.text)):
                    said += words
                    if prompt.recited_in(said[-RECITED - len(words) :]):
                        raise AnalystConfused("The language model recited its instructions.")
                    yield words
                if len(said) > MOST_SAID:
                    stopped = "length"
                    break
        if rest := safe.feed(aloud.finish()) + safe.finish():
            yield rest
        if stopped == "content_filter":
            raise AnalystConfused("The language model's provider stopped its answer.")
        if stopped == "length":
            yield " …"

    async def _chunks(self, prompt: Prompt) -> AsyncGenerator[AIMessageChunk]:
        """The chunks as they come, each within its time."""
        current_purse().check()
        clock = asyncio.get_running_loop().time
        deadline = clock() + self._manner.timeout_s
        limit = deadline
        with explained():
            stream = cast(AsyncGenerator[AIMessageChunk], self._model.astream(prompt.messages(), UNHEARD))
            async with aclosing(stream):
                while True:
                    async with asyncio.timeout_at(limit):
                        chunk = await anext(stream, None)
                    if chunk is None:
                        return
                    if chunk.usage_metadata:
                        self._manner.count(self._name, chunk.usage_metadata)
                    yield chunk
                    limit = min(deadline, clock() + self._manner.stall_s)

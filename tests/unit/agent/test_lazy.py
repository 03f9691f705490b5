import asyncio
from datetime import date
from typing import Any, cast

import pytest

from agent.analyst import Memory
from agent.lazy import LazyAnalyst
from agent.llm.budget import LlmBudget
from schema_docs.schema_map import SchemaMap
from tests.fixtures.scripted_analyst import ScriptedAnalyst

SCHEMA = cast(SchemaMap, None)  # nobody looks at it
DAY = date(2026, 11, 21)


class Workshop:
    """Makes one analyst when it is let."""

    def __init__(self) -> None:
        self.made = 0
        self.open = asyncio.Event()
        self.analyst = ScriptedAnalyst()

    async def make(self) -> ScriptedAnalyst:
        await self.open.wait()
        self.made += 1
        return self.analyst


async def test_questions_wait_for_the_analyst_which_is_made_once() -> None:
    workshop = Workshop()
    late = LazyAnalyst("scripted", ("direct",), workshop.make)
    asked = [
        asyncio.create_task(late.understand(text, Memory(), SCHEMA, DAY, LlmBudget()))
        for text in ("one", "two")
    ]
    await asyncio.sleep(0)
    assert workshop.analyst.questions == []
    workshop.open.set()
    await asyncio.gather(*asked)
    assert (workshop.made, workshop.analyst.questions) == (1, ["one", "two"])


async def test_words_come_as_they_are_made() -> None:
    workshop = Workshop()
    workshop.open.set()
    late = LazyAnalyst("scripted", ("direct",), workshop.make)
    story: Any = object()
    assert [words async for words in late.narrate(story)] == ["Here ", "you are."]
    assert workshop.analyst.answer_contexts == [story]


async def test_what_could_not_be_made_is_tried_again() -> None:
    tries: list[int] = []

    async def make() -> ScriptedAnalyst:
        tries.append(1)
        if len(tries) == 1:
            raise OSError
        return ScriptedAnalyst()

    late = LazyAnalyst("scripted", ("direct",), make)
    with pytest.raises(OSError):
        await late.load()
    assert isinstance(await late.load(), ScriptedAnalyst)

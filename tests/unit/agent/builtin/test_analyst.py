import asyncio
from datetime import date
from itertools import count
from threading import Event
from time import thread_time

import pytest

from agent.analyst import Draft, DraftContext, Intent, Memory, Turn
from agent.builtin.analyst import TOO_COMPLEX, BuiltinAnalyst
from schema_docs.search.results import SearchResult
from tests.fixtures.builtin_analyst import ask, sql_of
from tests.fixtures.nlg_cases import SHOP

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("delete all customers", "write"),
        ("hello", "small_talk"),
        ("what do you know about?", "schema"),
        ("  ?!", "unclear"),
        ("How many customers are there?", "data"),
    ],
)
async def test_what_is_asked_has_a_kind(question: str, kind: str) -> None:
    intent = await BuiltinAnalyst().understand(question, Memory(), SHOP.map, TODAY)
    assert intent.kind == kind


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("how many gadgets do we have?", "gadgets"),
        ("customers who complained", "complained"),
        ("orders above the moon", "moon"),
    ],
)
async def test_words_that_cannot_be_placed_are_named(question: str, word: str) -> None:
    unclear = await ask(question)
    assert isinstance(unclear, Intent)
    assert unclear.kind == "unclear"
    assert word in " ".join(unclear.unmatched_words)
    assert word in (unclear.reply or "")


async def test_a_draft_says_how_it_was_understood() -> None:
    draft = await ask("How many customers are from Berlin?")
    assert isinstance(draft, Draft)
    assert "Berlin" in draft.reading
    assert 0.5 < draft.confidence <= 1


async def test_the_same_question_is_always_answered_alike() -> None:
    question = "Which 5 products have the highest price?"
    assert await ask(question) == await ask(question)


async def test_a_plan_of_another_version_is_passed_over() -> None:
    memory = Memory((Turn("a", "a", "", "answered", "SELECT 1", plan='{"is":"Nothing"}'),))
    intent = await BuiltinAnalyst().understand("and by month?", memory, SHOP.map, TODAY)
    assert intent.kind == "data"


async def test_why_gives_the_reading_back() -> None:
    draft = await ask("How many customers are there?")
    assert isinstance(draft, Draft)
    memory = Memory((Turn("a", "a", "", "answered", draft.sql, draft.plan),))
    intent = await BuiltinAnalyst().understand("why?", memory, SHOP.map, TODAY)
    assert draft.sql in (intent.reply or "")


async def test_names_with_quotes_are_data() -> None:
    sql = await sql_of('customers whose email contains "\'; drop table orders; --"')
    assert "'%''; drop table orders; --%'" in sql


def draft_context(question: str) -> DraftContext:
    return DraftContext(Intent("data", question), Memory(), SHOP.map, SearchResult(1), TODAY)


async def test_a_question_that_takes_too_much_cpu_time_is_not_answered() -> None:
    seconds = count()
    analyst = BuiltinAnalyst(clock=lambda: float(next(seconds)))
    unclear = await analyst.draft(draft_context("How many customers are there?"))
    assert isinstance(unclear, Intent)
    assert (unclear.kind, unclear.reply, unclear.choices) == ("unclear", TOO_COMPLEX, ())


async def test_a_message_after_a_refused_question_stands_alone() -> None:
    memory = Memory((Turn("long", "long", TOO_COMPLEX, "unclear"),))
    intent = await BuiltinAnalyst().understand("all customers", memory, SHOP.map, TODAY)
    assert intent.question == "all customers"


async def test_a_question_is_answered_while_another_one_is_being_understood() -> None:
    started, resume = asyncio.Event(), Event()
    loop = asyncio.get_running_loop()
    is_first = iter([True])

    def clock() -> float:
        if next(is_first, False):
            loop.call_soon_threadsafe(started.set)
            resume.wait()
        return thread_time()

    analyst = BuiltinAnalyst(clock=clock)
    try:
        async with asyncio.TaskGroup() as tasks:
            hostile = tasks.create_task(analyst.draft(draft_context("How many orders are there?")))
            await started.wait()
            assert isinstance(await analyst.draft(draft_context("How many customers are there?")), Draft)
            assert not hostile.done()
            resume.set()
    finally:
        resume.set()
    assert isinstance(hostile.result(), Draft)

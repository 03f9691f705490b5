"""Repair of wrong drafts: a stub model with gold queries, some corrupted, over the sample shop."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml

from benchmarks.accuracy.run import QUESTIONS, no_progress, read_questions
from benchmarks.accuracy.with_stub import ask
from graph.evaluation.datasets import Dialogue, GoldQuestion
from store.sample.load import write_sqlite
from tests.fixtures.wrong_drafts import CorruptEveryDraft, CorruptFirstDrafts, CorruptOneOfThree

# Enough for each way of spoiling; `make eval` has larger sets.
MAX_QUESTIONS = 48


@pytest.fixture(scope="module")
async def folder() -> AsyncIterator[Path]:
    with TemporaryDirectory(prefix="querent-spoilt-") as path:
        write_sqlite(Path(path, "shop.sqlite"), no_progress)
        yield Path(path)


def conversations() -> list[Dialogue]:
    chains: dict[int, list[GoldQuestion]] = {}
    for question in read_questions(yaml.safe_load(QUESTIONS.read_text(encoding="utf-8"))):
        turns = chains.setdefault(question.chain, [])
        turns.append(GoldQuestion(f"{question.chain}/{len(turns) + 1}", question.text, question.sql))
    talks = sorted(chains.values(), key=len)
    return [Dialogue("shop", tuple(turns)) for turns in [*talks[: MAX_QUESTIONS - 8], *talks[-8:]]]


async def test_right_drafts_come_through_unharmed_and_no_turn_loses_its_memory(folder: Path) -> None:
    run = await ask(conversations(), folder, None)
    assert [question.gold.question for question in run.questions if not question.correct] == []
    assert run.model.unmatched == []


async def test_first_drafts_that_are_spoilt_are_repaired(folder: Path) -> None:
    spoil = CorruptFirstDrafts(share=1.0)
    run = await ask(conversations(), folder, spoil)
    wrong = {
        question.gold.question: spoil.applied.get(question.gold.id)
        for question in run.questions
        if not question.correct
    }
    assert len(set(spoil.applied.values())) >= 8
    # A value in another case gives no row, or a count of none, which may be the right answer.
    assert set(wrong.values()) <= {"wrong_case"}, wrong


async def test_of_three_drafts_the_two_that_agree_are_taken(folder: Path) -> None:
    some = conversations()[:24]
    alone = await ask(some, folder, CorruptOneOfThree(), drafts=1)
    voted = await ask(some, folder, CorruptOneOfThree(), drafts=3)
    assert [question.gold.question for question in voted.questions if not question.correct] == []
    assert not all(question.correct for question in alone.questions)


async def test_what_cannot_be_repaired_ends_honestly(folder: Path) -> None:
    run = await ask(conversations()[:16], folder, CorruptEveryDraft())
    assert [
        question.reply.rows
        for question in run.questions
        if question.reply.analyst == "stub" and question.reply.rows
    ] == []
    assert all(question.reply.words for question in run.questions)
    assert max(question.reply.rounds for question in run.questions) <= 3
    assert _untouched(folder)


def _untouched(folder: Path) -> bool:
    with sqlite3.connect(f"file:{folder / 'shop.sqlite'}?mode=ro", uri=True) as shop:
        (count,) = shop.execute("SELECT count(*) FROM customers").fetchone()
    shop.close()
    return bool(count)

import sqlite3
from datetime import date
from pathlib import Path

import pytest

from graph.evaluation.datasets import InvalidEvaluationInput
from graph.evaluation.harness import EvaluationOptions, open_harness
from graph.evaluation.suite import ExpectedResult, Suite, SuiteCase, SuiteTurn
from graph.evaluation.suite_runner import ConnectedTarget, SuiteResult, SuiteRunner, display_name
from schema_docs.embedding.embedder import WordLlamaEmbedder
from schema_docs.sync.in_memory import build_in_memory_map
from schema_docs.sync.sync import ignore_progress
from store.errors import InvalidConnection, NotFound
from store.targets.sqlite.target import SqliteTarget
from tests.integration.graph.evaluation.test_runner import PETS, SETTINGS

COUNT = "How many pets are there?"
CATS = "How many pets are cats?"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with sqlite3.connect(tmp_path / "pets.sqlite") as session:
        session.executescript(PETS)
    session.close()
    return tmp_path


async def nobody(name: str) -> ConnectedTarget:
    raise NotFound("connection", name)


async def ran(folder: Path, *cases: SuiteCase) -> SuiteResult:
    async with open_harness(SETTINGS, EvaluationOptions("builtin", date(2026, 11, 21))) as bench:
        return await SuiteRunner(bench, folder, nobody).run(Suite("mine", cases), ignore_progress)


async def why(folder: Path, question: str, expected: ExpectedResult) -> str | None:
    result = await ran(folder, SuiteCase("it", "pets.sqlite", (SuiteTurn(question, expected),)))
    return result.cases[0].turns[0].failure


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (COUNT, ExpectedResult(sql="SELECT count(*) FROM pets")),
        (COUNT, ExpectedResult(rows=((4,),))),
        (COUNT, ExpectedResult(outcome="answered")),
        ("Delete all pets", ExpectedResult(outcome="refused")),
        ("List the pets older than 100", ExpectedResult(rows=())),
    ],
)
async def test_what_is_as_expected_passes(folder: Path, question: str, expected: ExpectedResult) -> None:
    assert await why(folder, question, expected) is None


@pytest.mark.parametrize(
    ("question", "expected", "failure"),
    [
        (COUNT, ExpectedResult(rows=((5,),)), "It returned different rows."),
        (COUNT, ExpectedResult(rows=((4,), (4,))), "It returned 1 rows instead of 2."),
        (COUNT, ExpectedResult(outcome="refused"), "The outcome was answered."),
        ("Delete all pets", ExpectedResult(rows=((4,),)), "No answer; the outcome was refused."),
        (COUNT, ExpectedResult(sql="DELETE FROM pets"), "The guard rejected the expected query: "),
        (COUNT, ExpectedResult(sql="SELECT nothing FROM pets"), "The guard rejected the expected query: "),
    ],
)
async def test_what_is_not_says_why(
    folder: Path, question: str, expected: ExpectedResult, failure: str
) -> None:
    assert failure in (await why(folder, question, expected) or "")


async def test_a_case_with_turns_is_one_conversation(folder: Path) -> None:
    follow_up = SuiteTurn("How many of them are older than 3?", ExpectedResult(rows=((1,),)))
    cats = SuiteCase("cats", "pets.sqlite", (SuiteTurn(CATS, ExpectedResult(rows=((2,),))), follow_up))
    pets = SuiteCase("pets", "pets.sqlite", (SuiteTurn(COUNT, ExpectedResult(rows=((3,),))),))
    result = await ran(folder, pets, cats)
    assert [case.passed for case in result.cases] == [False, True]
    assert not result.passed


async def test_a_url_and_a_connection_may_stand_for_a_file(folder: Path) -> None:
    target = SqliteTarget(folder / "pets.sqlite")
    drawn = await build_in_memory_map("kept", target, WordLlamaEmbedder())

    async def connect(name: str) -> ConnectedTarget:
        assert name == "kept"
        return ConnectedTarget(drawn, target)

    turn = SuiteTurn(COUNT, ExpectedResult(rows=((4,),)))
    suite = Suite(
        "mine", (SuiteCase("a", f"sqlite:///{folder}/pets.sqlite", (turn,)), SuiteCase("b", "kept", (turn,)))
    )
    async with open_harness(SETTINGS, EvaluationOptions("builtin", date(2026, 11, 21))) as bench:
        result = await SuiteRunner(bench, folder, connect).run(suite, ignore_progress)
    await target.close()
    assert [(case.database, case.passed) for case in result.cases] == [("pets.sqlite", True), ("kept", True)]


async def test_a_file_that_is_not_there_is_named(folder: Path) -> None:
    with pytest.raises(InvalidEvaluationInput, match=r"The SQLite file cats\.sqlite does not exist"):
        await ran(folder, SuiteCase("it", "cats.sqlite", (SuiteTurn(COUNT, ExpectedResult(rows=())),)))


async def test_a_connection_that_is_not_there_is_named(folder: Path) -> None:
    with pytest.raises(NotFound):
        await ran(folder, SuiteCase("it", "cats", (SuiteTurn(COUNT, ExpectedResult(rows=())),)))


def test_of_an_address_only_the_name_is_shown() -> None:
    assert display_name("postgresql://me:secret@db.example/sales?x=1") == "sales"
    assert display_name("data/pets.sqlite") == "data/pets.sqlite"
    with pytest.raises(InvalidConnection):
        display_name("postgresql://[broken/sales")

import sqlite3
from datetime import date
from pathlib import Path

import pytest

from graph.evaluation.datasets import EvaluationUnusable
from graph.evaluation.harness import Wanted, open_bench
from graph.evaluation.suite import Case, Expected, Suite, SuiteTurn
from graph.evaluation.suite_runner import Connected, SuiteResult, SuiteRun, shown
from schema_docs.embedding.embedder import WordLlamaEmbedder
from schema_docs.sync.in_memory import draw_unkept
from schema_docs.sync.sync import keep_silent
from store.errors import BadConnection, NotFound
from store.targets.sqlite.target import SqliteTarget
from tests.integration.evaluation.test_measuring import PETS, SETTINGS

COUNT = "How many pets are there?"
CATS = "How many pets are cats?"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with sqlite3.connect(tmp_path / "pets.sqlite") as session:
        session.executescript(PETS)
    session.close()
    return tmp_path


async def nobody(name: str) -> Connected:
    raise NotFound("connection", name)


async def ran(folder: Path, *cases: Case) -> SuiteResult:
    async with open_bench(SETTINGS, Wanted("builtin", date(2026, 11, 21))) as bench:
        return await SuiteRun(bench, folder, nobody).run(Suite("mine", cases), keep_silent)


async def why(folder: Path, question: str, expected: Expected) -> str | None:
    result = await ran(folder, Case("it", "pets.sqlite", (SuiteTurn(question, expected),)))
    return result.cases[0].turns[0].why


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (COUNT, Expected(sql="SELECT count(*) FROM pets")),
        (COUNT, Expected(rows=((4,),))),
        (COUNT, Expected(outcome="answered")),
        ("Delete all pets", Expected(outcome="refused")),
        ("List the pets older than 100", Expected(rows=())),
    ],
)
async def test_what_is_as_expected_passes(folder: Path, question: str, expected: Expected) -> None:
    assert await why(folder, question, expected) is None


@pytest.mark.parametrize(
    ("question", "expected", "said"),
    [
        (COUNT, Expected(rows=((5,),)), "It gave other rows."),
        (COUNT, Expected(rows=((4,), (4,))), "It gave 1 rows instead of 2."),
        (COUNT, Expected(outcome="refused"), "It ended with answered."),
        ("Delete all pets", Expected(rows=((4,),)), "It was not answered; it ended with refused."),
        (COUNT, Expected(sql="DELETE FROM pets"), "The expected query may not run: "),
        (COUNT, Expected(sql="SELECT nothing FROM pets"), "The expected query may not run: "),
    ],
)
async def test_what_is_not_says_why(folder: Path, question: str, expected: Expected, said: str) -> None:
    assert said in (await why(folder, question, expected) or "")


async def test_a_case_with_turns_is_one_conversation(folder: Path) -> None:
    follow_up = SuiteTurn("How many of them are older than 3?", Expected(rows=((1,),)))
    cats = Case("cats", "pets.sqlite", (SuiteTurn(CATS, Expected(rows=((2,),))), follow_up))
    pets = Case("pets", "pets.sqlite", (SuiteTurn(COUNT, Expected(rows=((3,),))),))
    result = await ran(folder, pets, cats)
    assert [case.passed for case in result.cases] == [False, True]
    assert not result.passed


async def test_a_url_and_a_connection_may_stand_for_a_file(folder: Path) -> None:
    target = SqliteTarget(folder / "pets.sqlite")
    drawn = await draw_unkept("kept", target, WordLlamaEmbedder())

    async def connect(name: str) -> Connected:
        assert name == "kept"
        return Connected(drawn, target)

    turn = SuiteTurn(COUNT, Expected(rows=((4,),)))
    suite = Suite("mine", (Case("a", f"sqlite:///{folder}/pets.sqlite", (turn,)), Case("b", "kept", (turn,))))
    async with open_bench(SETTINGS, Wanted("builtin", date(2026, 11, 21))) as bench:
        result = await SuiteRun(bench, folder, connect).run(suite, keep_silent)
    await target.close()
    assert [(case.database, case.passed) for case in result.cases] == [("pets.sqlite", True), ("kept", True)]


async def test_a_file_that_is_not_there_is_named(folder: Path) -> None:
    with pytest.raises(EvaluationUnusable, match=r"There is no file cats\.sqlite"):
        await ran(folder, Case("it", "cats.sqlite", (SuiteTurn(COUNT, Expected(rows=())),)))


async def test_a_connection_that_is_not_there_is_named(folder: Path) -> None:
    with pytest.raises(NotFound):
        await ran(folder, Case("it", "cats", (SuiteTurn(COUNT, Expected(rows=())),)))


def test_of_an_address_only_the_name_is_shown() -> None:
    assert shown("postgresql://me:secret@db.example/sales?x=1") == "sales"
    assert shown("data/pets.sqlite") == "data/pets.sqlite"
    with pytest.raises(BadConnection):
        shown("postgresql://[broken/sales")

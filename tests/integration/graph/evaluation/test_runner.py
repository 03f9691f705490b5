import sqlite3
from datetime import date
from pathlib import Path

import pytest

from graph.evaluation.datasets import Dialogue, GoldQuestion, InvalidEvaluationInput
from graph.evaluation.harness import EvaluationOptions, open_harness
from graph.evaluation.metrics import compute_metrics
from graph.evaluation.runner import EvaluationRunner, ScoredQuestion
from graph.settings import Settings
from schema_docs.sync.sync import ignore_progress

PETS = """
CREATE TABLE pets (id INTEGER PRIMARY KEY, name TEXT NOT NULL, species TEXT NOT NULL, age INTEGER NOT NULL);
INSERT INTO pets (name, species, age) VALUES
    ('Rex', 'dog', 3), ('Tom', 'cat', 5), ('Lily', 'cat', 2), ('Hugo', 'parrot', 40);
"""
DAY = date(2026, 11, 21)
# Whatever the environment of the client that tests says.
SETTINGS = Settings(model=None, clarify="ask")


def about_pets(*turns: tuple[str, str]) -> Dialogue:
    return Dialogue("pets", tuple(GoldQuestion(f"q/{n}", *turn) for n, turn in enumerate(turns, 1)))


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    path = tmp_path / "pets.sqlite"
    with sqlite3.connect(path) as session:
        session.executescript(PETS)
    session.close()
    return {"pets": path}


async def measured(
    files: dict[str, Path], *conversations: Dialogue, threshold: float = 0.3, concurrency: int = 1
) -> list[list[ScoredQuestion]]:
    scores: list[tuple[int, int]] = []
    async with open_harness(SETTINGS, EvaluationOptions("builtin", DAY, threshold)) as bench:
        measurement = EvaluationRunner(bench, files, concurrency)
        scored = await measurement.measure(conversations, lambda task, done, of: scores.append((done, of)))
    total = sum(len(conversation.turns) for conversation in conversations)
    assert (scores[0], scores[-1]) == ((0, total), (total, total))
    return scored


async def test_a_question_goes_through_the_whole_journey(files: dict[str, Path]) -> None:
    ((scored,),) = await measured(
        files, about_pets(("How many pets are there?", "SELECT count(*) FROM pets"))
    )
    assert scored.correct
    assert scored.reply.rows == ((4,),)
    assert scored.reply.outcome == "answered"
    assert "4" in scored.reply.words
    assert scored.reply.sql
    assert 0 < scored.reply.ms < scored.reply.turn_ms


async def test_another_result_is_wrong(files: dict[str, Path]) -> None:
    ((scored,),) = await measured(
        files, about_pets(("How many pets are there?", "SELECT count(*) + 1 FROM pets"))
    )
    assert not scored.correct
    assert scored.gold_runs


async def test_turns_know_what_was_said_before_and_dialogues_do_not(files: dict[str, Path]) -> None:
    before = ("How many pets are cats?", "SELECT count(*) FROM pets WHERE species = 'cat'")
    after = (
        "How many of them are older than 3?",
        "SELECT count(*) FROM pets WHERE species = 'cat' AND age > 3",
    )
    scored = await measured(files, about_pets(before, after), about_pets(before), concurrency=2)
    assert [[scored.correct for scored in each] for each in scored] == [[True, True], [True]]
    assert compute_metrics(scored)["dialogues"]["all_turns_correct"] == 2


async def test_what_cannot_be_placed_is_not_answered(files: dict[str, Path]) -> None:
    ((scored,),) = await measured(files, about_pets(("Which frobnicators quuxed?", "SELECT 1")))
    assert scored.reply.sql is None
    assert scored.reply.confidence == 0.0
    assert not scored.correct


async def test_a_threshold_decides_what_is_answered(files: dict[str, Path]) -> None:
    ((scored,),) = await measured(
        files, about_pets(("How many pets are there?", "SELECT count(*) FROM pets")), threshold=1.0
    )
    assert scored.reply.sql is None
    assert scored.reply.outcome == "unclear"
    assert scored.reply.words
    assert scored.guess
    assert scored.guess_correct
    assert not scored.correct


async def test_who_guesses_answers_what_is_unsure(files: dict[str, Path]) -> None:
    options = about_pets(("How many pets are there?", "SELECT count(*) FROM pets"))
    async with open_harness(SETTINGS, EvaluationOptions("builtin", DAY, threshold=1.0, guess=True)) as bench:
        ((scored,),) = await EvaluationRunner(bench, files).measure([options], ignore_progress)
    assert scored.correct
    assert scored.reply.confidence < 1.0


async def test_a_known_query_that_does_not_run_is_told(files: dict[str, Path]) -> None:
    ((scored,),) = await measured(files, about_pets(("How many pets are there?", "SELECT nothing FROM pets")))
    assert not scored.gold_runs
    assert not scored.correct


async def test_a_model_must_be_named() -> None:
    with pytest.raises(InvalidEvaluationInput, match="QUERENT_MODEL"):
        async with open_harness(SETTINGS, EvaluationOptions("model", DAY)):
            pass

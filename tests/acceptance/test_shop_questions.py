"""The shop questions, answered by the built-in analyst over the sample shop."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from benchmarks.accuracy.run import Answer, measure
from graph.settings import Settings


@pytest.fixture(scope="module")
async def answers() -> Sequence[Answer]:
    # Not pytest's own temporary folder: as root the embedded server could not pass through it.
    with TemporaryDirectory(prefix="querent-questions-") as folder:
        return await measure(Settings(data=Path(folder, "data"), model=None), Path(folder))


async def test_the_built_in_analyst_answers_the_questions_of_the_shop(answers: Sequence[Answer]) -> None:
    unanswered = [answer.question.text for answer in answers if not answer.correct]

    assert len(answers) >= 50
    assert len(unanswered) <= 0.05 * len(answers), unanswered


async def test_what_it_cannot_answer_it_does_not_answer_wrongly(answers: Sequence[Answer]) -> None:
    wrong = [answer.question.text for answer in answers if answer.rows is not None and not answer.correct]

    assert len(wrong) <= 0.02 * len(answers), wrong

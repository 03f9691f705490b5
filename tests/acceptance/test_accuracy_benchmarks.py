"""Short runs of `benchmarks.accuracy`: on PostgreSQL, and across process restarts."""

import argparse
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from benchmarks.accuracy.on_postgres import in_postgres, measure
from benchmarks.accuracy.restarts import compare_dialogues
from tests.acceptance.cli.conftest import PETS

SINGLE = [
    ("How many pets are there?", "SELECT count(*) FROM Pets"),
    ("Which pets are cats?", 'SELECT Name, AGE FROM pets WHERE species = "cat" ORDER BY age DESC'),
    ("How old are they on average?", "SELECT species, avg(age) FROM pets GROUP BY species"),
    ("What does only one engine run?", "SELECT name, count(*) FROM pets"),
]
DIALOGUES = [
    ["How many pets are there?", "Only the cats"],
    ["Who is the oldest?", "Only the cats"],
]


@pytest.fixture
def databases(tmp_path: Path) -> Path:
    with sqlite3.connect(tmp_path / "pets.sqlite") as session:
        session.executescript(PETS)
    session.close()
    return tmp_path


def given(databases: Path, *lines: dict[str, Any]) -> argparse.Namespace:
    questions = databases / "questions.jsonl"
    questions.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    return argparse.Namespace(questions=questions, databases=databases, limit=None, show=True)


async def test_what_postgresql_runs_comes_through_unharmed(
    databases: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [
        {"id": str(number), "db": "pets", "question": question, "sql": sql}
        for number, (question, sql) in enumerate(SINGLE)
    ]
    assert await measure(given(databases, *lines)), capsys.readouterr().out
    assert json.loads(capsys.readouterr().out) == {"questions": 4, "run_on_postgres": 3, "right": 3}


def test_a_text_in_double_quotes_is_one_in_postgresql_too() -> None:
    written = in_postgres(
        'SELECT Name FROM Pets WHERE species = "Cat" AND "Age" > 3', frozenset({"name", "age"})
    )
    assert written == """SELECT "name" FROM "pets" WHERE "species" = 'Cat' AND "age" > 3"""


async def test_a_process_that_ends_between_two_turns_changes_nothing(
    databases: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [
        {
            "id": f"d-{number}",
            "db": "pets",
            "turns": [
                {"question": question, "sql": f"SELECT {number}, {turn}, count(*) FROM pets"}
                for turn, question in enumerate(questions)
            ],
        }
        for number, questions in enumerate(DIALOGUES)
    ]
    assert await compare_dialogues(given(databases, *lines))
    figures = json.loads(capsys.readouterr().out)
    assert figures == {"dialogues": 2, "turns": 4, "processes": 2, "memory_lost": 0, "changed": 0}

"""CLI tests of `querent eval`."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.cli.conftest import PETS
from tests.fixtures.cli import Terminal

GOOD = {"id": "q-1", "db": "pets", "question": "How many pets are there?", "sql": "SELECT count(*) FROM pets"}
HARD = {"id": "q-2", "db": "pets", "question": "Which frobnicators quuxed?", "sql": "SELECT 1"}
DIALOGUE = {
    "id": "d-1",
    "db": "pets",
    "turns": [
        {"question": "How many pets are cats?", "sql": "SELECT count(*) FROM pets WHERE species = 'cat'"},
        {
            "question": "How many of them are older than 3?",
            "sql": "SELECT count(*) FROM pets WHERE species = 'cat' AND age > 3",
        },
    ],
}


@pytest.fixture
def bench(terminal: Terminal) -> Terminal:
    """A terminal beside a folder of databases and files of questions."""
    (terminal.folder / "databases").mkdir()
    with sqlite3.connect(terminal.folder / "databases" / "pets.sqlite") as session:
        session.executescript(PETS)
    session.close()
    write(terminal.folder / "dev.jsonl", GOOD, HARD)
    write(terminal.folder / "talks.jsonl", DIALOGUE)
    return terminal


def write(path: Path, *lines: dict[str, Any]) -> None:
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")


def test_questions_are_measured_and_predictions_written(bench: Terminal) -> None:
    result = bench.type(
        "eval", "spider", "--questions", "dev.jsonl", "--databases", "databases", "--analyst", "builtin",
        "--predictions", "out.jsonl", "--mistakes", "wrong.txt", "--json",
    )  # fmt: skip
    assert result.code == 0, result.err
    assert (result.json["questions"], result.json["accuracy"], result.json["precision"]) == (2, 0.5, 1.0)
    lines = [json.loads(line) for line in (bench.folder / "out.jsonl").read_text().splitlines()]
    assert [sorted(line)[-4:] for line in lines] == [
        ["confidence", "id", "ms", "sql"],
        ["guess", "id", "ms", "sql"],
    ]
    assert [line["sql"] is None for line in lines] == [False, True]
    assert "frobnicators" in (bench.folder / "wrong.txt").read_text()


def test_dialogues_are_measured_turn_by_turn(bench: Terminal) -> None:
    result = bench.type(
        "eval", "dialogues", "--questions", "talks.jsonl", "--databases", "databases",
        "--predictions", "out.jsonl",
    )  # fmt: skip
    assert result.code == 0, result.err
    assert "dialogues with all turns correct: 1 of 1 (100.0%)" in result.out
    lines = [json.loads(line) for line in (bench.folder / "out.jsonl").read_text().splitlines()]
    assert [line["id"] for line in lines] == ["d-1/1", "d-1/2"]


def test_a_pool_of_tables_is_searched(bench: Terminal) -> None:
    tables = [{"db": "zoo", "table": "keepers", "columns": ["name"], "foreign_keys": []}]
    needed = [{"db": "zoo", "question": "Who are the keepers?", "gold_tables": ["keepers"]}]
    (bench.folder / "catalog.json").write_text(json.dumps(tables))
    (bench.folder / "gold.json").write_text(json.dumps(needed))
    command = ("eval", "retrieval", "--catalog", "catalog.json", "--gold", "gold.json", "--k", "1,2")
    result = bench.type(*command, "--json")
    assert result.json["all_gold"] == {"1": 1.0, "2": 1.0}
    assert set(result.json["ms"]) == {"p50", "p99"}
    assert "top 1: all tables found for 100.0%" in bench.type(*command).out


def test_what_a_question_is_shown_is_measured(bench: Terminal) -> None:
    result = bench.type(
        "eval", "retrieval", "--questions", "dev.jsonl", "--databases", "databases", "--budget", "900"
    )
    assert "all tables retrieved: 100.0%" in result.out


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("spider --questions none.jsonl --databases databases", "none.jsonl cannot be read"),
        ("spider --questions talks.jsonl --databases databases", "talks.jsonl, line 1: this must be"),
        ("spider --questions dev.jsonl --databases nowhere", "The folder nowhere does not exist."),
        ("spider --questions dev.jsonl --databases .", "There is no pets.sqlite in ."),
        ("spider --questions dev.jsonl --databases databases --analyst oracle", "Unknown analyst oracle"),
        ("spider --questions dev.jsonl --databases databases --analyst model", "Set QUERENT_MODEL"),
        ("spider --questions dev.jsonl --databases databases --today soon", "soon is not a date"),
        (
            "spider --questions dev.jsonl --databases databases --predictions no/out",
            "no/out cannot be written",
        ),
        ("retrieval --catalog dev.jsonl", "Give either --catalog and --gold"),
        ("retrieval --catalog dev.jsonl --gold dev.jsonl", "dev.jsonl: it does not fit"),
        ("retrieval --catalog dev.jsonl --gold dev.jsonl --k few", "--k must be numbers"),
    ],
)
def test_what_cannot_be_measured_is_said(bench: Terminal, typed: str, sentence: str) -> None:
    result = bench.type("eval", *typed.split())
    assert result.code == 2
    assert sentence in result.last_error_line
    assert "Traceback" not in result.err


def test_a_file_that_is_no_database_is_said(bench: Terminal) -> None:
    (bench.folder / "databases" / "pets.sqlite").write_text("no database")
    result = bench.type("eval", "spider", "--questions", "dev.jsonl", "--databases", "databases")
    assert result.code == 1
    assert result.last_error_line == "querent: The database file cannot be read."


SUITE = """
name: The pets
database: databases/pets.sqlite
cases:
  - question: How many pets are there?
    sql: select count(*) from pets
  - turns:
      - {question: How many pets are cats?, rows: [[2]]}
      - {question: How many of them are older than 3?, rows: [[1]]}
"""


def test_a_suite_that_passes_is_quiet(bench: Terminal) -> None:
    (bench.folder / "mine.yaml").write_text(SUITE)
    result = bench.type("eval", "suite", "mine.yaml", "--report", "report.html")
    assert (result.code, result.err.count("querent:")) == (0, 0)
    assert result.out.startswith("2 of 2 cases passed")
    assert "The pets" in (bench.folder / "report.html").read_text()


def test_a_suite_that_fails_leaves_with_1_and_says_why(bench: Terminal) -> None:
    (bench.folder / "mine.yaml").write_text(SUITE.replace("rows: [[1]]", "rows: [[7]]"))
    result = bench.type("eval", "suite", "mine.yaml")
    assert result.code == 1
    assert "It returned different rows." in result.out
    (_, case) = bench.type("eval", "suite", "mine.yaml", "--json").json["cases"]
    assert [turn["passed"] for turn in case["turns"]] == [True, False]


@pytest.mark.parametrize(
    ("suite", "options", "sentence"),
    [
        ("cases: 1", "", "mine.yaml, line 1: a suite needs `cases`, a list."),
        (
            SUITE.replace("pets.sqlite", "cats.sqlite"),
            "",
            "The SQLite file databases/cats.sqlite does not exist",
        ),
        (SUITE, "--report no/report.html", "no/report.html cannot be written: the folder does not exist."),
        (SUITE, "--analyst model", "Set QUERENT_MODEL"),
    ],
)
def test_a_suite_that_cannot_be_run_is_said(bench: Terminal, suite: str, options: str, sentence: str) -> None:
    (bench.folder / "mine.yaml").write_text(suite)
    result = bench.type("eval", "suite", "mine.yaml", *options.split())
    assert result.code == 2
    assert sentence in result.last_error_line


def test_a_suite_may_name_a_connection(terminal_with_store: Terminal) -> None:
    assert terminal_with_store.type("connections", "add", "mine", "sqlite:///pets.sqlite").code == 0
    (terminal_with_store.folder / "suite.yaml").write_text(SUITE.replace("databases/pets.sqlite", "mine"))
    result = terminal_with_store.type("eval", "suite", "suite.yaml")
    assert result.code == 0, result.out + result.err
    (terminal_with_store.folder / "suite.yaml").write_text(SUITE.replace("databases/pets.sqlite", "yours"))
    result = terminal_with_store.type("eval", "suite", "suite.yaml")
    assert (result.code, result.last_error_line) == (2, "querent: There is no connection named yours.")

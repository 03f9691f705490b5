from datetime import date
from pathlib import Path

import pytest

from graph.evaluation.datasets import InvalidEvaluationInput
from graph.evaluation.suite import ExpectedResult, Suite, SuiteCase, SuiteTurn, read_suite

SUITE = """
name: The pets
database: pets.sqlite
today: 2026-03-31
cases:
  - question: How many pets are there?
    sql: select count(*) from pets
  - name: Cats, then old ones
    database: other
    turns:
      - question: Which pets are cats?
        rows: [[Tom, 5], [Lily, null]]
        columns: some
      - question: Only the old ones
        rows: [Tom]
        ordered: true
  - {question: Delete all pets, outcome: refused}
"""


def read(folder: Path, text: str) -> Suite:
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return read_suite(path)


def test_a_suite_is_read_as_it_was_meant(tmp_path: Path) -> None:
    rows = (("Tom", 5), ("Lily", None))
    assert read(tmp_path, SUITE) == Suite(
        "The pets",
        (
            SuiteCase(
                "How many pets are there?",
                "pets.sqlite",
                (SuiteTurn("How many pets are there?", ExpectedResult(sql="select count(*) from pets")),),
            ),
            SuiteCase(
                "Cats, then old ones",
                "other",
                (
                    SuiteTurn("Which pets are cats?", ExpectedResult(rows=rows, more_columns=True)),
                    SuiteTurn("Only the old ones", ExpectedResult(rows=(("Tom",),), ordered=True)),
                ),
            ),
            SuiteCase(
                "Delete all pets",
                "pets.sqlite",
                (SuiteTurn("Delete all pets", ExpectedResult(outcome="refused")),),
            ),
        ),
        date(2026, 3, 31),
    )


def test_a_bare_list_is_a_suite(tmp_path: Path) -> None:
    suite = read(tmp_path, "- {question: How many?, rows: [], database: pets}")
    assert suite.name == "mine"
    assert suite.cases[0].turns[0].expected.rows == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cases: []", "line 1: a suite needs `cases`"),
        ("hello", "expected a mapping"),
        ("- question: How many?\n  sql: select 1", "`database` is missing"),
        ("- database: d\n  sql: select 1", "line 1: `question` is missing"),
        ("- database: d\n  question: q", "exactly one of"),
        ("- database: d\n  question: q\n  sql: s\n  rows: [1]", "exactly one of"),
        ("- database: d\n  question: q\n  sqll: s", "line 3: unknown key `sqll`"),
        ("- database: d\n  question: q\n  question: r\n  sql: s", "line 3: duplicate key `question`"),
        ("- database: d\n  question: q\n  rows: 12", "must be a list of rows"),
        ("- database: d\n  question: q\n  rows: [[1, 2], [3]]", "all of the same length"),
        ("- database: d\n  question: q\n  rows: [[{a: 1}]]", "a value in `rows` must be a scalar"),
        ("- database: d\n  question: q\n  outcome: happy", "`outcome` must be one of answered"),
        ("- database: d\n  question: q\n  sql: s\n  columns: few", "`columns` must be"),
        ("- database: d\n  question: q\n  sql: s\n  ordered: maybe", "`ordered` must be"),
        ("- database: d\n  question: q\n  sql: s\n  turns: [{question: r, sql: s}]", "either a `question`"),
        ("- database: d\n  turns: []", "either a `question`"),
        ("today: soon\ncases: [{database: d, question: q, sql: s}]", "`today` must be a day"),
        ("- [", "mine.yaml, line"),
        ("a: &a [1]\nb: &b [*a, *a, *a]\ncases: " + "[" * 70, "mine.yaml, line"),
    ],
)
def test_what_does_not_fit_is_named_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InvalidEvaluationInput) as unusable:
        read(tmp_path, text)
    assert message in str(unusable.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidEvaluationInput, match="cannot be read"):
        read_suite(tmp_path / "none.yaml")

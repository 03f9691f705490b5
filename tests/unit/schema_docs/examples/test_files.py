from pathlib import Path

import pytest

from schema_docs.errors import NotesUnreadable
from schema_docs.examples.files import MAX_SQL_LENGTH, ParsedExamples, read_examples
from store.examples import NewExample

YAML = """examples:
  - question: How many pets?
    sql: |
      SELECT count(*) FROM pets;
    tags: [count, pets]
  - question: No query
"""
CSV = 'Question,SQL,tags,author,status\nHow many?,"SELECT count(*)\nFROM pets",a; b,ann,proposed\nWho?,,,,\n'
LINES = '{"question": "How many?", "query": "SELECT 1"}\n\n{"sql": "SELECT 2"}\n'


def read(folder: Path, name: str, text: str) -> ParsedExamples:
    (folder / name).write_text(text)
    return read_examples(folder / name, "operator", "verified")


def test_examples_are_read_from_yaml(tmp_path: Path) -> None:
    got = read(tmp_path, "a.yml", YAML)
    parsed = NewExample(
        "How many pets?", "SELECT count(*) FROM pets", "operator", "verified", ("count", "pets")
    )
    assert [each.example for each in got.examples] == [parsed]
    assert [str(each) for each in got.problems] == ["a.yml, line 6: An example needs a question and its SQL."]


def test_examples_are_read_from_csv_with_the_lines_they_begin_on(tmp_path: Path) -> None:
    got = read(tmp_path, "a.csv", CSV)
    assert got.examples[0].example == NewExample(
        "How many?", "SELECT count(*)\nFROM pets", "ann", "proposed", ("a", "b")
    )
    assert (got.examples[0].line, got.problems[0].line) == (2, 4)


def test_examples_are_read_from_lines_of_json(tmp_path: Path) -> None:
    got = read(tmp_path, "a.jsonl", LINES)
    assert [each.example.sql for each in got.examples] == ["SELECT 1"]
    assert [each.line for each in got.problems] == [3]


def test_a_list_of_json_will_do(tmp_path: Path) -> None:
    assert len(read(tmp_path, "a.json", '[{"question": "a", "sql": "SELECT 1"}]').examples) == 1


@pytest.mark.parametrize(
    ("sql", "status"), [("x" * (MAX_SQL_LENGTH + 1), "verified"), ("SELECT 1", "approved by the boss")]
)
def test_what_does_not_fit_is_left_out(tmp_path: Path, sql: str, status: str) -> None:
    got = read(tmp_path, "a.csv", f"question,sql,status\nHow?,{sql},{status}\n")
    assert (got.examples, len(got.problems)) == ((), 1)


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.txt", ""), ("a.jsonl", "{"), ("a.yml", "a: b"), ("a.yml", "a: *b"), ("a.json", "[" * 1_000)],
)
def test_what_is_none_of_the_forms_is_refused(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(NotesUnreadable):
        read(tmp_path, name, text)

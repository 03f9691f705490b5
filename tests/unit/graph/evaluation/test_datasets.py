from pathlib import Path

import pytest

from graph.evaluation.datasets import (
    Dialogue,
    GoldQuestion,
    Hardness,
    InvalidEvaluationInput,
    find_databases,
    hardness_of,
    read_dialogues,
)

SINGLE = '{"id": "q-1", "db": "pets", "question": "How many?", "sql": "SELECT 1"}'
DIALOGUE = (
    '{"id": 7, "db": "pets", "turns": [{"question": "How many?", "sql": "SELECT 1"},'
    ' {"question": "Cats?", "sql": "SELECT 2"}]}'
)


def written(folder: Path, text: str) -> Path:
    path = folder / "questions.jsonl"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_single_question_is_a_conversation(tmp_path: Path) -> None:
    read = read_dialogues(written(tmp_path, f"{SINGLE}\n\n"), "questions")
    assert read == [Dialogue("pets", (GoldQuestion("q-1", "How many?", "SELECT 1"),))]


def test_each_turn_of_a_dialogue_has_an_id_of_its_own(tmp_path: Path) -> None:
    (read,) = read_dialogues(written(tmp_path, DIALOGUE), "dialogues")
    assert [turn.id for turn in read.turns] == ["7/1", "7/2"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{SINGLE}\nnonsense", "line 2: this must be"),
        ('{"id": "q", "db": "pets", "question": "How many?"}', 'must be {"id", "db", "question", "sql"}'),
        (DIALOGUE, "line 1"),
        ("[" * 100_000, "line 1"),
        ("", "contains no questions"),
    ],
)
def test_a_line_that_does_not_fit_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InvalidEvaluationInput, match=message.replace("{", r"\{")):
        read_dialogues(written(tmp_path, text), "questions")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidEvaluationInput, match="cannot be read"):
        read_dialogues(tmp_path / "none.jsonl", "questions")


def test_databases_lie_in_a_folder_under_their_names(tmp_path: Path) -> None:
    (tmp_path / "pets.sqlite").touch()
    files = find_databases([Dialogue("pets", ())], tmp_path)
    assert files == {"pets": tmp_path / "pets.sqlite"}


def test_databases_may_have_folders_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "pets").mkdir()
    (tmp_path / "pets" / "pets.sqlite").touch()
    files = find_databases([Dialogue("pets", ())], tmp_path)
    assert files == {"pets": tmp_path / "pets" / "pets.sqlite"}


@pytest.mark.parametrize(
    ("name", "message"), [("cats", "There is no cats.sqlite"), ("../pets", "is not a valid database name")]
)
def test_a_database_that_is_not_there_is_named(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "pets.sqlite").touch()
    with pytest.raises(InvalidEvaluationInput, match=message):
        find_databases([Dialogue(name, ())], tmp_path)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidEvaluationInput, match=r"The folder .* does not exist"):
        find_databases([], tmp_path / "none")


# As in the paper's own examples, and around the borders that its evaluation script draws.
CASES: list[tuple[str, Hardness]] = [
    ("SELECT count(*) FROM cars WHERE cylinders > 4", "easy"),
    ("SELECT name, country FROM singers", "medium"),
    ("SELECT t2.name, count(*) FROM a AS t1 JOIN b AS t2 ON t1.id = t2.id GROUP BY t1.id", "medium"),
    (
        "SELECT t1.name FROM c AS t1 JOIN d AS t2 ON t1.id = t2.id WHERE t2.name = 'x' "
        "GROUP BY t1.name HAVING count(*) >= 3",
        "hard",
    ),
    ("SELECT name FROM a WHERE id NOT IN (SELECT id FROM b)", "hard"),
    ("SELECT avg(age) FROM a WHERE name NOT IN (SELECT n FROM b JOIN c ON b.x = c.x WHERE y = 1)", "hard"),
    ("SELECT name FROM a JOIN b ON a.x = b.x WHERE y = 1 AND z IN (SELECT z FROM c)", "extra"),
    ("SELEC name FRM ((", "extra"),
    ("DROP TABLE a", "extra"),
]


@pytest.mark.parametrize(("sql", "hardness"), CASES)
def test_a_query_is_as_hard_as_its_parts(sql: str, hardness: Hardness) -> None:
    assert hardness_of(sql, "sqlite") == hardness


def test_what_is_nested_counts_once_and_not_for_its_parts() -> None:
    nested = "SELECT name FROM a WHERE id IN (SELECT id FROM b WHERE x LIKE 'a' OR y LIKE 'b')"
    assert hardness_of(nested, "sqlite") == "hard"

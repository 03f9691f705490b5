"""CLI tests of notes: importing, showing, linting and rolling them back."""

import pytest

from tests.fixtures.cli import Terminal

SCHEMA = """
models:
  - name: pets
    description: Animals of our neighbours.
    meta: {synonyms: [critters]}
    columns:
      - name: breed
"""
PAGE = "---\nterm: old pet\nabout: pets.age\nsql: pets.age > 10\n---\nOld pet means one of over ten years.\n"


@pytest.fixture
def noted(terminal_with_store: Terminal) -> Terminal:
    """A terminal with a database, and a folder of notes beside it."""
    result = terminal_with_store.type("connections", "add", "pets", "sqlite:///pets.sqlite")
    assert result.code == 0, result.err
    folder = terminal_with_store.folder / "notes"
    folder.mkdir()
    (folder / "schema.yml").write_text(SCHEMA)
    (folder / "old.md").write_text(PAGE)
    return terminal_with_store


def test_notes_are_brought_in_and_taken_back(noted: Terminal) -> None:
    result = noted.type("notes", "import", "notes", "--json")
    assert result.code == 0, result.err
    assert (result.json["files"], result.json["terms"]) == (["old.md", "schema.yml"], ["old pet"])
    assert [problem["line"] for problem in result.json["problems"]] == [7]
    page = noted.type("schema", "show", "pets").out
    assert "Animals of our neighbours." in page
    assert "critters" in page
    assert "Terms: old pet." in page
    listing = noted.type("schema", "find", "How many old pets are there?", "--json").json
    assert [term["name"] for term in listing["terms"]] == ["old pet"]
    assert noted.type("ask", "--json", "How many critters are there?").json["rows"] == [[4]]

    (noted.folder / "notes" / "old.md").unlink()
    again = noted.type("notes", "import", "notes/schema.yml", "--replace", "--json").json
    assert again["in_force"] == ["schema.yml"]
    assert noted.type("notes", "rollback").code == 0
    assert "Terms: old pet." in noted.type("schema", "show", "pets").out
    sets = noted.type("notes", "history", "--json").json
    assert [(each["number"], each["files"]) for each in sets] == [
        (3, ["old.md", "schema.yml"]),
        (2, ["schema.yml"]),
        (1, ["old.md", "schema.yml"]),
    ]


def test_lint_names_what_is_wrong_and_keeps_nothing(noted: Terminal) -> None:
    result = noted.type("notes", "lint", "notes")
    assert result.code == 1
    assert "schema.yml, line 7: pets has no column 'breed'." in result.out
    assert noted.type("notes", "history", "--json").json == []


def test_a_file_that_cannot_be_read_keeps_all_of_them_out(noted: Terminal) -> None:
    bomb = "a: &a [1,1,1,1,1,1,1,1,1]\n" + "".join(
        f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n"
        for old, new in zip("abcdefg", "bcdefgh", strict=True)
    )
    (noted.folder / "notes" / "bomb.yml").write_text(bomb)
    result = noted.type("notes", "import", "notes")
    assert result.code == 1
    assert "bomb.yml, line" in result.out
    assert "Nothing was imported" in result.err
    assert "critters" not in noted.type("schema", "show", "pets").out

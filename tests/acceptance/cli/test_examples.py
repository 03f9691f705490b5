"""CLI tests of examples: adding, searching, verifying and archiving them."""

import sqlite3
from contextlib import closing

import pytest

from tests.fixtures.cli import Terminal

FILE = """question,sql
How many dogs are there?,SELECT count(*) FROM pets WHERE species = 'dog'
Which pet is the oldest?,SELECT name FROM pets ORDER BY age DESC LIMIT 1
How heavy is Rex?,SELECT weight FROM pets
Remove all pets,DELETE FROM pets
"""


@pytest.fixture
def exemplary(terminal_with_store: Terminal) -> Terminal:
    """A terminal with a database, and a file of examples beside it."""
    result = terminal_with_store.type("connections", "add", "pets", "sqlite:///pets.sqlite")
    assert result.code == 0, result.err
    (terminal_with_store.folder / "examples.csv").write_text(FILE)
    return terminal_with_store


def test_what_may_run_is_kept_and_found_by_its_form(exemplary: Terminal) -> None:
    result = exemplary.type("examples", "import", "examples.csv", "--author", "ann", "--json")
    assert result.code == 0, result.err
    assert (result.json["added"], [each["line"] for each in result.json["problems"]]) == (2, [4, 5])
    again = exemplary.type("examples", "import", "examples.csv", "--json").json
    assert (again["added"], again["known"]) == (0, 2)
    listing = exemplary.type("schema", "find", "How many cats are there?", "--json").json
    assert listing["examples"][0]["question"] == "How many dogs are there?"
    best = exemplary.type("examples", "find", "Which pet is the youngest?", "--json").json
    assert best[0]["question"] == "Which pet is the oldest?"


def test_the_builtin_analyst_takes_the_query_of_the_same_question(exemplary: Terminal) -> None:
    grown = "SELECT count(*) FROM pets WHERE species = 'dog' AND age >= 4"
    assert exemplary.type("examples", "add", "How many grown dogs are there?", grown).code == 0
    result = exemplary.type("ask", "--json", "How many grown cats are there?").json
    assert result["rows"] == [[1]]
    assert "How many grown dogs are there?" in str(result["evidence"]["assumptions"])


def test_an_example_that_breaks_is_retired_at_the_next_sync(exemplary: Terminal) -> None:
    exemplary.type("examples", "import", "examples.csv")
    with closing(sqlite3.connect(exemplary.folder / "pets.sqlite")) as file:
        file.executescript("ALTER TABLE pets RENAME COLUMN age TO years")
    synced = exemplary.type("schema", "sync", "pets", "--json")
    assert synced.json["drift"]["examples_archived"] == ["Which pet is the oldest?"]
    (gone,) = exemplary.type("examples", "list", "--status", "archived", "--json").json
    assert "age" in gone["reason"]
    refused = exemplary.type("examples", "verify", str(gone["id"]))
    assert (refused.code, "is rejected" in refused.err) == (2, True)


def test_examples_are_added_retired_and_verified_by_hand(exemplary: Terminal) -> None:
    result = exemplary.type("examples", "add", "How old is Rex?", "SELECT age FROM pets WHERE name = 'Rex'")
    assert result.out == "Added.\n", result.err
    (examples,) = exemplary.type("examples", "list", "--json").json
    number = str(examples["id"])
    assert exemplary.type("examples", "archive", number, "--reason", "Rex is gone.").code == 0
    assert exemplary.type("examples", "find", "How old is Tom?", "--json").json == []
    assert exemplary.type("examples", "verify", number).code == 0
    assert len(exemplary.type("examples", "find", "How old is Tom?", "--json").json) == 1
    assert exemplary.type("examples", "archive", "999999").code == 2
    assert exemplary.type("examples", "add", "Drop it", "DROP TABLE pets").code == 2

"""CLI tests of inferred relationships: listing, accepting and rejecting them."""

import sqlite3
from contextlib import closing

from tests.fixtures.cli import Terminal

OWNERS = """
CREATE TABLE owners (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE visits (id INTEGER PRIMARY KEY, owner_id INTEGER, day TEXT);
INSERT INTO owners VALUES (1, 'Ann'), (2, 'Bob');
INSERT INTO visits VALUES (1, 1, 'Monday'), (2, 2, 'Friday');
"""
PAIR = ("visits.owner_id", "owners.id")


def guesses(terminal: Terminal) -> list[bool]:
    relations = terminal.type("schema", "relations", "list", "--json").json
    return [each["inferred"] for each in relations if (each["column"], each["references"]) == PAIR]


def test_a_guess_is_shown_and_can_be_refused_confirmed_and_taken_back(terminal_with_store: Terminal) -> None:
    with closing(sqlite3.connect(terminal_with_store.folder / "pets.sqlite")) as file:
        file.executescript(OWNERS)
    assert terminal_with_store.type("connections", "add", "pets", "sqlite:///pets.sqlite").code == 0
    assert guesses(terminal_with_store) == [True]
    assert "may be -> owners.id" in terminal_with_store.type("schema", "show", "visits").out
    joins = terminal_with_store.type("schema", "find", "visits of each owner", "--json").json["joins"]
    assert [join["inferred"] for join in joins] == [True]

    assert terminal_with_store.type("schema", "relations", "reject", *PAIR).code == 0
    assert guesses(terminal_with_store) == []
    assert terminal_with_store.type("schema", "relations", "accept", *PAIR).code == 0
    assert guesses(terminal_with_store) == [False]
    assert terminal_with_store.type("notes", "rollback").code == 0
    assert guesses(terminal_with_store) == []
    assert terminal_with_store.type("schema", "relations", "accept", "visits.owner", "owners.id").code == 2

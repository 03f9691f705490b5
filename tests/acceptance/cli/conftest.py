"""Fixtures: a terminal, with or without a store and a database to connect."""

import sqlite3
from pathlib import Path

import pytest

from tests.fixtures.cli import Terminal

PETS = """
CREATE TABLE pets (id INTEGER PRIMARY KEY, name TEXT NOT NULL, species TEXT NOT NULL, age INTEGER NOT NULL);
INSERT INTO pets (name, species, age) VALUES
    ('Rex', 'dog', 3), ('Tom', 'cat', 5), ('Lily', 'cat', 2), ('Hugo', 'parrot', 40);
"""


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path, {"QUERENT_PORT": "1"})


@pytest.fixture
def terminal_with_store(terminal: Terminal, blank_url: str) -> Terminal:
    """A terminal with a store, and a database to connect."""
    terminal.settings["QUERENT_STORE_URL"] = blank_url
    with sqlite3.connect(terminal.folder / "pets.sqlite") as connection:
        connection.executescript(PETS)
    connection.close()
    return terminal

"""CLI tests of DuckDB and MySQL connections, and of rotating the encryption key."""

import stat
from pathlib import Path

import duckdb
import pytest

from tests.fixtures.cli import Terminal
from tests.fixtures.mysql_server import fresh_database, url_of

SHOP = """
CREATE TABLE customers (id INT PRIMARY KEY, name VARCHAR(50) NOT NULL, city VARCHAR(50));
CREATE TABLE orders (
    id INT PRIMARY KEY, customer_id INT, total DECIMAL(10, 2), placed DATE,
    FOREIGN KEY (customer_id) REFERENCES customers (id)
);
INSERT INTO customers VALUES (1, 'Ann', 'Berlin'), (2, 'Bob', 'Paris'), (3, 'Cid', 'Berlin');
INSERT INTO orders VALUES (1, 1, 10.50, '2025-01-05'), (2, 1, 20.00, '2025-02-07'), (3, 2, 5.25, '2025-02-09')
"""


def ask(terminal: Terminal, question: str) -> object:
    result = terminal.type("ask", "--json", "--database", "shop", question)
    assert result.code == 0, result.err
    return result.json["rows"]


def check_answers(terminal: Terminal) -> None:
    assert ask(terminal, "How many customers are there?") == [[3]]
    assert ask(terminal, "Which customers are from Berlin?") == [["Ann"], ["Cid"]]
    assert ask(terminal, "number of orders by month") == [["2025-01", 1], ["2025-02", 2]]
    assert ask(terminal, "average total by city") == [["Berlin", 15.25], ["Paris", 5.25]]


def test_a_question_is_answered_from_duckdb(terminal_with_store: Terminal) -> None:
    with duckdb.connect(str(terminal_with_store.folder / "shop.duckdb")) as session:
        session.execute(SHOP)
    result = terminal_with_store.type("connections", "add", "shop", "duckdb:///shop.duckdb", "--json")
    assert (result.code, result.json["tables"]) == (0, 2), result.err
    check_answers(terminal_with_store)


def test_a_question_is_answered_from_mysql(terminal_with_store: Terminal) -> None:
    with fresh_database(SHOP) as address:
        result = terminal_with_store.type("connections", "add", "shop", url_of(address), "--json")
        assert (result.code, result.json["tables"]) == (0, 2), result.err
        check_answers(terminal_with_store)


def test_an_address_can_be_given_in_parts(terminal_with_store: Terminal) -> None:
    result = terminal_with_store.type(
        "connections", "add", "pets", "--part", "engine=sqlite", "--part", "file=pets.sqlite"
    )
    assert result.code == 0, result.err
    wrong = terminal_with_store.type(
        "connections", "add", "more", "--part", "engine=mysql", "--part", "host=/tmp"
    )
    assert (wrong.code, "host" in wrong.err) == (2, True)
    neither = terminal_with_store.type("connections", "add", "more")
    assert neither.code == 2


def test_what_does_not_answer_is_not_kept(terminal_with_store: Terminal) -> None:
    result = terminal_with_store.type("connections", "add", "gone", "mysql://ann:hush@127.0.0.1:1/shop")
    assert (result.code, "does not respond" in result.err, "hush" in result.err + result.out) == (
        1,
        True,
        False,
    )
    assert terminal_with_store.type("connections", "list", "--json").json == []


@pytest.mark.parametrize("arguments", [True, False])
def test_a_new_key_is_put_in_force(terminal_with_store: Terminal, arguments: bool) -> None:
    old, new = "A" * 43 + "=", "B" * 42 + "A="
    if arguments:
        terminal_with_store.settings["QUERENT_SECRET_KEY"] = old
    assert terminal_with_store.type("connections", "add", "pets", "sqlite:///pets.sqlite").code == 0
    if arguments:
        assert terminal_with_store.type("connections", "rotate-key").code == 2
        terminal_with_store.settings["QUERENT_SECRET_KEY"] = f"{new} {old}"
    result = terminal_with_store.type("connections", "rotate-key", "--json")
    assert (result.code, result.json) == (0, {"rewrapped": 1}), result.err
    if arguments:
        terminal_with_store.settings["QUERENT_SECRET_KEY"] = new
    else:
        file = Path(terminal_with_store.folder, ".querent", "secret.key")
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    tried = terminal_with_store.type("connections", "test", "pets", "--json")
    assert tried.json == {"connection": "pets", "tables": 1}, tried.err

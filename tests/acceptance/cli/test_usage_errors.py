"""CLI usage errors: one sentence, exit code 2 and no traceback."""

import re
import socket

import pytest

from tests.fixtures.cli import Terminal

COMMANDS = [
    (),
    ("serve",),
    ("ask",),
    ("schema",),
    ("schema", "sync"),
    ("schema", "find"),
    ("schema", "show"),
    ("schema", "relations"),
    ("notes",),
    ("examples",),
    ("examples", "import"),
    ("notes", "import"),
    ("notes", "lint"),
    ("notes", "rollback"),
    ("connections",),
    ("connections", "add"),
    ("connections", "list"),
    ("connections", "test"),
    ("connections", "remove"),
    ("sample",),
    ("migrate",),
    ("guard", "check"),
    ("policy",),
    ("policy", "set"),
    ("policy", "show"),
    ("policy", "check"),
    ("policy", "drop"),
    ("eval",),
    ("eval", "spider"),
    ("eval", "dialogues"),
    ("eval", "retrieval"),
    ("eval", "suite"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(terminal: Terminal, command: tuple[str, ...]) -> None:
    result = terminal.type(*command, "--help")
    assert result.code == 0
    assert "--help" in result.out


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"port": "many"}, "QUERENT_PORT: Input should be a valid integer"),
        ({"port": "70000"}, "QUERENT_PORT: Input should be less than or equal to 65535."),
        ({"clarify": "maybe"}, "QUERENT_CLARIFY: Input should be 'ask' or 'never'."),
        ({"host": "0.0.0.0"}, "QUERENT_HOST is 0.0.0.0, which other machines can reach"),
        ({"host": "0.0.0.0", "token": ""}, "that requires a QUERENT_TOKEN"),
        (
            {"port": "0", "store_url": "mysql://localhost/x"},
            "The URL of the store must begin with postgresql://.",
        ),
        ({"port": "0", "store_url": "postgresql://u:hunter2@127.0.0.1:1/x"}, "store"),
        ({"port": "0", "data": "/proc/nothing"}, "The data folder /proc/nothing cannot be used"),
    ],
)
def test_a_setting_that_does_not_fit_is_named(
    terminal: Terminal, settings: dict[str, str], sentence: str
) -> None:
    result = terminal.type("serve", **settings)
    assert result.code == 2
    assert sentence in result.last_error_line
    assert result.last_error_line.startswith("querent: ")
    assert "Traceback" not in result.err
    assert "hunter2" not in result.err


def test_a_port_that_is_taken_is_named(terminal: Terminal) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        result = terminal.type("serve", port=port)
    assert (result.code, result.err.strip()) == (
        2,
        f"querent: Port {port} on 127.0.0.1 is already in use; set QUERENT_PORT to another port.",
    )


def test_the_version_is_told(terminal: Terminal) -> None:
    result = terminal.type("--version")
    assert result.code == 0
    assert re.fullmatch(r"querent .+\n", result.out)


def test_a_wrong_word_is_wrong_usage(terminal: Terminal) -> None:
    assert terminal.type("aks", "Why?").code == 2


def test_a_catalog_that_is_none_is_said_so(terminal: Terminal) -> None:
    (terminal.folder / "catalog.json").write_text("[]", encoding="utf-8")
    result = terminal.type("guard", "check", "--catalog", "catalog.json")
    assert (result.code, "must be JSON" in result.err) == (2, True)
    assert terminal.type("guard", "check", "--catalog", "nothing.json").code == 2


def test_queries_are_judged_a_line_each(terminal: Terminal) -> None:
    catalog = '{"tables": [{"name": "public.pets", "columns": [{"name": "name", "type": "text"}]}]}'
    (terminal.folder / "catalog.json").write_text(catalog, encoding="utf-8")
    typed = '{"sql": "SELECT name FROM pets"}\n{"sql": "DROP TABLE pets"}\n'
    result = terminal.type(
        "guard", "check", "--dialect", "postgres", "--catalog", "catalog.json", stdin=typed
    )
    assert result.code == 0
    assert ['"verdict": "approved"' in line for line in result.out.splitlines()] == [True, False]

"""CLI tests of `ask`, `connections` and `serve`: with and without a running server."""

import signal
import socket
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.fixtures.cli import Terminal

QUESTION = "How many pets are there?"


def connected(terminal: Terminal) -> Terminal:
    result = terminal.type(
        "connections", "add", "pets", "sqlite:///pets.sqlite", "--description", "Some pets."
    )
    assert (result.code, result.out[:5]) == (0, "pets:"), result.err
    return terminal


def test_a_question_is_answered_where_no_server_is_up(terminal_with_store: Terminal) -> None:
    result = connected(terminal_with_store).type("ask", "--json", QUESTION)
    assert result.code == 0, result.err
    assert set(result.json) >= {
        "conversation", "run", "question", "answer", "sql", "columns", "rows", "truncated",
        "outcome", "evidence", "suggestions", "interrupt",
    }  # fmt: skip
    assert (result.json["rows"], result.json["outcome"], result.json["interrupt"]) == (
        [[4]],
        "answered",
        None,
    )
    again = terminal_with_store.type(
        "ask", "--json", "--conversation", result.json["conversation"], "only the cats"
    )
    assert again.json["rows"][0] == [2] or len(again.json["rows"]) == 2, again.out


def test_an_answer_is_drawn_into_a_file(terminal_with_store: Terminal) -> None:
    path = terminal_with_store.folder / "pets.svg"
    result = connected(terminal_with_store).type(
        "ask", "--chart", str(path), "How many pets are there by species?"
    )
    assert result.code == 0, result.err
    assert path.read_text(encoding="utf-8").startswith("<svg")
    refused = terminal_with_store.type("ask", "--chart", "pets.gif", QUESTION)
    assert (refused.code, ".svg or .png" in refused.err) == (2, True)


def test_a_server_that_is_up_is_asked(terminal_with_store: Terminal) -> None:
    connected(terminal_with_store)
    with terminal_with_store.run_server(port="0") as server:
        result = terminal_with_store.type("ask", QUESTION)
        assert (result.code, "4" in result.out) == (0, True), result.err
        # A store that is not there would be noticed by anything but the server.
        remote = terminal_with_store.type(
            "ask", "--json", QUESTION, store_url="postgresql://127.0.0.1:1/nothing"
        )
        assert remote.json["rows"] == [[4]], remote.err
        server.send_signal(signal.SIGINT)
        assert server.wait(10) == 0
        assert server.stderr is not None
        assert "Traceback" not in server.stderr.read()


def test_what_is_only_read_cannot_be_written(terminal_with_store: Terminal) -> None:
    result = connected(terminal_with_store).type("ask", "--json", "Delete all pets")
    assert (result.code, result.json["outcome"]) == (1, "refused")


def test_a_token_is_needed_where_one_is_set(terminal_with_store: Terminal) -> None:
    connected(terminal_with_store)
    with terminal_with_store.run_server(port="0", token="open-sesame"):
        locked_out = terminal_with_store.type("ask", QUESTION)
        assert (locked_out.code, "Authentication required" in locked_out.err) == (2, True)
        assert terminal_with_store.type("ask", "--json", QUESTION, token="open-sesame").json["rows"] == [[4]]


def test_connections_are_listed_tried_and_forgotten(terminal_with_store: Terminal) -> None:
    connected(terminal_with_store)
    listed = terminal_with_store.type("connections", "list", "--json")
    pets = {"name": "pets", "dialect": "sqlite", "description": "Some pets.", "share_values": True}
    assert listed.json == [pets]
    tried = terminal_with_store.type("connections", "test", "pets", "--json")
    assert tried.json == {"connection": "pets", "tables": 1}
    listing = terminal_with_store.type("schema", "find", "Which pets are cats?", "--json")
    assert [document["table"] for document in listing.json["documents"]] == ["pets"]
    output = terminal_with_store.type("schema", "find", "Which pets are cats?", "--explain")
    assert ("pets matches pets" in output.out, "'cats' is pets.species = 'cat'" in output.out) == (True, True)
    page = terminal_with_store.type("schema", "show", "pets")
    assert (page.code, page.out.splitlines()[0]) == (0, "pets: (about 4 rows)")
    lost = terminal_with_store.type("schema", "show", "cars")
    assert (lost.code, lost.last_error_line) == (2, "querent: The schema map of pets has no table 'cars'.")
    assert terminal_with_store.type("schema", "sync", "--json").json["changed"] is False
    whole = terminal_with_store.type("schema", "sync", "pets", "--full", "--json").json
    assert (whole["status"], whole["changed"], whole["embedded"]) == ("done", True, 5)
    assert terminal_with_store.type("schema", "sync", "pets", "--cancel", "--json").json["status"] == "done"
    nameless = terminal_with_store.type("schema", "sync", "--cancel")
    assert (nameless.code, nameless.last_error_line) == (
        2,
        "querent: Name the connection whose sync should be cancelled.",
    )
    unsure = terminal_with_store.type("connections", "remove", "pets", stdin="n\n")
    assert unsure.code == 1
    assert terminal_with_store.type("connections", "remove", "pets", "--yes").code == 0
    assert terminal_with_store.type("connections", "list", "--json").json == []
    gone = terminal_with_store.type("connections", "test", "pets")
    assert (gone.code, gone.last_error_line) == (2, "querent: There is no connection named pets.")


@pytest.mark.parametrize(
    ("name", "url", "code"),
    [
        ("a b", "sqlite:///pets.sqlite", 2),
        ("pets", "oracle://x", 2),
        ("pets", "sqlite:///nothing.sqlite", 2),
        ("pets", "postgresql://u:hunter2@127.0.0.1:1/x", 1),
    ],
)
def test_a_database_that_cannot_be_reached_is_not_kept(
    terminal_with_store: Terminal, name: str, url: str, code: int
) -> None:
    result = terminal_with_store.type("connections", "add", name, "-", stdin=f"{url}\n")
    assert result.code == code
    assert "Traceback" not in result.err
    assert "hunter2" not in result.err
    assert terminal_with_store.type("connections", "list", "--json").json == []


def test_the_store_is_migrated_twice_without_harm(terminal_with_store: Terminal) -> None:
    for _ in range(2):
        result = terminal_with_store.type("migrate")
        assert (result.code, result.out) == (0, "The store is up to date.\n")


def test_the_sample_shop_is_written_once(terminal: Terminal) -> None:
    shop = Path("shop.sqlite")
    assert terminal.type("sample", str(shop)).code == 0
    assert (terminal.folder / shop).stat().st_size > 1_000_000
    again = terminal.type("sample", str(shop))
    assert (again.code, again.last_error_line) == (2, "querent: shop.sqlite already exists.")


def test_ctrl_c_while_opening_ends_at_once(terminal: Terminal) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        store = f"postgresql://127.0.0.1:{silent.getsockname()[1]}/x"
        with terminal.start_server(port="0", store_url=store) as process:
            assert process.stderr is not None
            assert "Connecting to PostgreSQL" in process.stderr.readline()
            with silent.accept()[0]:
                process.send_signal(signal.SIGINT)
                # A start that fails because of a timeout ends with another exit code.
                assert process.wait(30) == 130
            assert "Traceback" not in process.stderr.read()


def test_viewers_do_not_keep_a_server_from_ending(terminal_with_store: Terminal) -> None:
    connected(terminal_with_store)
    with terminal_with_store.run_server(port="0") as server:
        address = f"http://127.0.0.1:{terminal_with_store.settings['QUERENT_PORT']}"
        thread = httpx.post(f"{address}/threads", trust_env=False).json()["thread_id"]
        events = f"/threads/{thread}/stream/events"
        body = {"channels": ["values"]}
        with (
            httpx.stream("POST", address + events, json=body, trust_env=False) as stream,
            connect(address.replace("http", "ws") + events, proxy=None) as viewer,
        ):
            next(stream.iter_lines())
            server.send_signal(signal.SIGTERM)
            assert server.wait(3) == 0
            with pytest.raises(ConnectionClosed) as closed:
                viewer.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012

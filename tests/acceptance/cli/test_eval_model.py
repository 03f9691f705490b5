"""CLI tests of `querent eval --analyst model`, with a stub model that knows some answers."""

import asyncio
import json
import sqlite3
import threading
from collections.abc import Iterator

import pytest

from tests.acceptance.cli.conftest import PETS
from tests.fixtures.cli import Terminal
from tests.fixtures.llm.gold_model import GoldModel, GoldTurn
from tests.fixtures.llm.stub_server import StubServer, run_stub_server

RIGHT = GoldTurn("q-1", "pets", "How many pets are there?", "SELECT count(*) FROM pets")
WRONG = GoldTurn("q-2", "pets", "Who is the oldest?", "SELECT name FROM pets ORDER BY age LIMIT 1")
OLDEST = "SELECT name FROM pets ORDER BY age DESC LIMIT 1"


@pytest.fixture
def stub() -> Iterator[StubServer]:
    """A model behind a real port, in a thread of its own: the command has a loop of its own too."""
    started, over = threading.Event(), threading.Event()
    matches: list[StubServer] = []

    async def serve() -> None:
        async with run_stub_server(GoldModel([RIGHT, WRONG])) as stub:
            matches.append(stub)
            started.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert started.wait(10)
    yield matches[0]
    over.set()
    thread.join(10)


def test_a_model_is_measured_with_its_tokens_and_their_price(terminal: Terminal, stub: StubServer) -> None:
    with sqlite3.connect(terminal.folder / "pets.sqlite") as session:
        session.executescript(PETS)
    session.close()
    lines = [
        {"id": turn.id, "db": "pets", "question": turn.question, "sql": sql}
        for turn, sql in ((RIGHT, RIGHT.sql), (WRONG, OLDEST))
    ]
    (terminal.folder / "dev.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    (terminal.folder / "prices.json").write_text('{"stub": {"input": 1000000, "output": 0}}')
    result = terminal.type(
        "eval", "spider", "--questions", "dev.jsonl", "--databases", ".", "--analyst", "model", "--json",
        model="stub", model_url=stub.url, model_prices="prices.json",
    )  # fmt: skip
    assert result.code == 0, result.err
    figures = result.json
    assert (figures["accuracy"], figures["coverage"]) == (0.5, 1.0)
    assert figures["analysts"] == {"stub": 2}
    assert figures["tokens"]["input"] > 0
    assert figures["cost"] == figures["tokens"]["input"]

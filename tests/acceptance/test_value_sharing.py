"""Value sharing: of a database that withholds values, a language model gets only names and counts."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import pytest
from pydantic import SecretStr

from graph.compose import Service, open_service
from graph.settings import Settings
from schema_docs.notes.files import NotesFile
from schema_docs.sync.sync import ignore_progress
from tests.fixtures.llm.stub_server import Reply, StubServer, form_reply, run_stub_server, text_reply

GEMS = """
CREATE TABLE gems (id INTEGER PRIMARY KEY, title TEXT, colour TEXT, weight REAL, dug DATE, owner TEXT);
INSERT INTO gems (title, colour, weight, dug, owner) VALUES
    ('Zorblax', 'mauvine', 4711.25, '1987-03-14', 'Quimberly'),
    ('Yttrwing', 'cerulot', 8123.75, '1991-11-30', 'Vandershoot'),
    ('Xanthipp', 'mauvine', 9356.5, '2003-07-21', 'Quimberly');
"""
OF_OWNERS = ("Quimberly", "Vandershoot")
NUMBERS = ("4711", "8123", "9356", "1987", "1991", "2003")
VALUES = ("Zorblax", "Yttrwing", "Xanthipp", "mauvine", "cerulot", *OF_OWNERS, *NUMBERS)
OVER = {"completed", "failed", "interrupted", "cancelled"}


@pytest.fixture
async def stub() -> AsyncIterator[StubServer]:
    async with run_stub_server() as stub:
        yield stub


@pytest.fixture(scope="module")
async def folder() -> AsyncIterator[Path]:
    # Not pytest's own temporary folder: as root the embedded server could not pass through it.
    with TemporaryDirectory(prefix="querent-no-values-") as folder:
        yield Path(folder)


@pytest.fixture
async def service(stub: StubServer, folder: Path) -> AsyncIterator[Service]:
    gems = folder / "gems.sqlite"
    gems.unlink(missing_ok=True)
    file = sqlite3.connect(gems)
    with file:
        file.executescript(GEMS)
    file.close()
    settings = Settings(
        data=folder / "data", model="stub", model_url=stub.url, model_key=SecretStr("sk-secret")
    )
    async with open_service(settings, ignore_progress) as service:
        await service.components.connections.add("gems", f"sqlite:///{gems}")
        await service.components.maps.update("gems", ignore_progress)
        yield service
        await service.components.connections.remove("gems")


def understood(question: str) -> Reply:
    return form_reply(kind="data", question=question, reply="", choices=[], unplaced=[], title="Gems")


def drafted(sql: str) -> Reply:
    return form_reply(sql=sql, reading="gems", assumptions=[], confidence=0.9, follow_ups=[])


async def ask(service: Service, thread: UUID, question: str) -> str:
    """Put a question, and give all that the person was told."""
    before = await service.runner.last_seq(thread)
    await service.runner.start("me", thread, question)
    payloads = ""
    async with aclosing(service.runner.watch("me", thread, before)) as pages:
        async for page in pages:
            payloads += str([event.payload for event in page])
            if page[-1].channel == "lifecycle" and page[-1].payload["event"] in OVER:
                return payloads
    return payloads


def leaked(stub: StubServer, values: tuple[str, ...] = VALUES) -> list[str]:
    """The values that stand in anything the model was sent since this was asked last."""
    requests = str(stub.requests)
    stub.requests.clear()
    return [value for value in values if value.casefold() in requests.casefold()]


async def talk(service: Service, stub: StubServer) -> UUID:
    """Ask for rows, and be answered with a value."""
    thread = (await service.conversations.create("me", "gems")).id
    stub.replies += [understood("Which gems are there?"), drafted("SELECT title, colour, owner FROM gems")]
    stub.replies.append(text_reply("The first one is Zorblax, of Quimberly."))
    assert "Yttrwing" in await ask(service, thread, "Which gems are there?")
    return thread


async def test_with_values_told_they_are_in_pages_and_rows(service: Service, stub: StubServer) -> None:
    await talk(service, stub)
    assert {"Zorblax", "mauvine", "Quimberly", "4711"} <= set(leaked(stub))


async def test_without_values_no_request_holds_any(service: Service, stub: StubServer) -> None:
    thread = await talk(service, stub)
    leaked(stub)
    await service.components.connections.update("gems", share_values=False)
    for _ in ("before the map is drawn again", "and after"):
        # A follow-up, whose first draft the engine refuses.
        stub.replies += [
            understood("Which gems are heavy?"),
            drafted("SELECT title, json_extract(owner, '$') FROM gems"),
        ]
        stub.replies += [drafted("SELECT title, weight, dug FROM gems ORDER BY weight")] * 3
        events = await ask(service, thread, "and the heavy ones?")
        assert "9356.5" in events
        assert "Problem" in str(stub.requests)
        assert leaked(stub) == []
        await service.components.maps.update("gems", ignore_progress)


async def test_a_result_that_holds_nothing_is_not_mended_with_values(
    service: Service, stub: StubServer
) -> None:
    await service.components.connections.update("gems", share_values=False)
    await service.components.maps.update("gems", ignore_progress)
    thread = (await service.conversations.create("me", "gems")).id
    stub.replies += [understood("Which gem is called zorblex?")]
    stub.replies += [drafted("SELECT weight FROM gems WHERE title = 'zorblex'")] * 3
    await ask(service, thread, "Which gem is called zorblex?")
    assert len(stub.requests) >= 2
    assert leaked(stub) == []


async def test_a_sync_lets_go_of_what_was_kept(service: Service) -> None:
    await service.components.maps.update("gems", ignore_progress, notes=[NotesFile("a.yml", "")])
    await service.components.connections.update("gems", share_values=False)
    report = await service.components.maps.update("gems", ignore_progress)
    assert report.values == 0
    async with service.components.database.pool.connection() as connection:
        rows = await connection.execute(
            "SELECT coalesce(string_agg(body::text, ''), '') AS kept FROM map_versions "
            "JOIN connections ON connections.id = connection_id WHERE name = 'gems'"
        )
        stored = (await rows.fetchall())[0]["kept"]
    assert "colour" in stored
    assert [value for value in VALUES if value in stored] == []


async def test_values_are_sampled_again_when_they_may_be_told_again(service: Service) -> None:
    for tells in (False, True):
        await service.components.connections.update("gems", share_values=tells)
        report = await service.components.maps.update("gems", ignore_progress)
    assert report.values > 0


async def test_of_a_private_column_no_request_holds_a_value(service: Service, stub: StubServer) -> None:
    thread = await talk(service, stub)
    leaked(stub)
    notes = "models: [{name: gems, columns: [{name: owner, tags: [no_share_values]}]}]"
    await service.components.maps.update("gems", ignore_progress, notes=[NotesFile("gems.yml", notes)])
    stub.replies += [understood("Whose are they?"), drafted("SELECT title, owner FROM gems")]
    assert "Vandershoot" in await ask(service, thread, "whose are they?")
    assert leaked(stub, OF_OWNERS) == []

    stub.replies += [understood("Which titles?"), drafted("SELECT title FROM gems"), text_reply("Three.")]
    await ask(service, thread, "and their titles?")
    assert leaked(stub, (*OF_OWNERS, "Xanthipp")) == ["Xanthipp"]

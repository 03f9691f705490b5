"""The language-model analyst through the whole service, with a scripted provider."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from pydantic import SecretStr

from graph.compose import Service, open_service
from graph.settings import Settings
from store.runs.events import LoggedEvent
from tests.fixtures.llm.stub_server import Reply, StubServer, form_reply, run_stub_server, text_reply

QUESTION = "How many customers are there?"
UNDERSTOOD = form_reply(kind="data", question=QUESTION, reply="", choices=[], unplaced=[], title="Customers")
DRAFTED = form_reply(
    sql="SELECT count(*) AS customers FROM customers",
    reading="the number of customers",
    assumptions=[],
    confidence=0.9,
    follow_ups=["And by country?"],
)
OVER = {"completed", "failed", "interrupted", "cancelled"}


def hush(task: str, done: int, total: int) -> None:
    """Say nothing."""


@pytest.fixture(scope="module")
async def stub() -> AsyncIterator[StubServer]:
    async with run_stub_server() as stub:
        yield stub


@pytest.fixture(scope="module")
async def service(stub: StubServer) -> AsyncIterator[Service]:
    # Not pytest's own temporary folder: as root the embedded server could not pass through it.
    with TemporaryDirectory(prefix="querent-model-") as folder:
        settings = Settings(
            data=Path(folder, "data"), model="stub", model_url=stub.url, model_key=SecretStr("sk-secret")
        )
        async with open_service(settings, hush) as service:
            yield service


async def ask(service: Service) -> list[LoggedEvent]:
    thread = (await service.conversations.create("me", "shop")).id
    await service.runner.start("me", thread, QUESTION)
    events: list[LoggedEvent] = []
    async with aclosing(service.runner.watch("me", thread)) as pages:
        async for page in pages:
            events += page
            if page[-1].channel == "lifecycle" and page[-1].payload["event"] in OVER:
                break
    return events


def named(events: list[LoggedEvent], name: str) -> Any:
    return next(event.payload for event in events if event.name == name)


async def test_a_model_drafts_and_words_the_answer(service: Service, stub: StubServer) -> None:
    stub.replies.extend([UNDERSTOOD, DRAFTED, text_reply("There are 4,000 customers in the shop.")])

    events = await ask(service)

    assert named(events, "rows")["rows"] == [[4000]]
    assert named(events, "evidence")["analyst"] == "stub"
    usage = named(events, "usage")
    assert (usage["calls"], usage["models"], usage["cost"]) == (3, {"stub": 3}, None)
    assert (await service.conversations.list_for_user("me", 1))[0].title == "Customers"
    assert named(events, "suggestions")["questions"] == ["And by country?"]
    assert next(event for event in events if event.channel == "values").payload["answer"] == (
        "There are 4,000 customers in the shop."
    )


async def test_the_key_goes_to_the_provider_and_nowhere_else(service: Service, stub: StubServer) -> None:
    stub.replies.extend([UNDERSTOOD, DRAFTED, text_reply("4,000.")])

    events = await ask(service)

    assert stub.keys[-1].endswith("sk-secret")
    assert "sk-secret" not in str([event.payload for event in events])


async def test_what_a_model_writes_is_judged(service: Service, stub: StubServer) -> None:
    stub.replies.extend(
        [
            UNDERSTOOD,
            form_reply(sql="DELETE FROM customers", reading="", assumptions=[], confidence=1, follow_ups=[]),
        ]
    )
    stub.replies.extend([DRAFTED, text_reply("4,000.")])

    events = await ask(service)

    verdicts = [event.payload["approved"] for event in events if event.name == "verdict"]
    assert verdicts == [False, True]
    assert named(events, "rows")["rows"] == [[4000]]


async def test_the_builtin_analyst_stands_in_for_a_provider_that_is_down(
    service: Service, stub: StubServer
) -> None:
    # The last test of this module: afterwards the provider is left alone for a while.
    stub.replies.extend([Reply(status=500)] * 3)

    events = await ask(service)

    assert named(events, "rows")["rows"] == [[4000]]
    assert named(events, "evidence")["analyst"] == "builtin"
    assert "did not answer" in named(events, "evidence")["assumptions"][0]

"""The stock Python client of LangGraph, as published on the package index."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Literal

import pytest
from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient

from tests.fixtures.scripted_service import RunningService

Transport = Literal["websocket", "sse"]
both = pytest.mark.parametrize("transport", ["websocket", "sse"])
PATIENCE_S = 20


@pytest.fixture
async def client(served: RunningService) -> AsyncIterator[LangGraphClient]:
    async with get_client(url=served.address) as client:
        yield client


async def texts(thread: Any) -> list[str]:
    """Read the words of each message in a task of its own: they come while the next is looked for."""
    return [
        await words for words in [asyncio.create_task(_text(message)) async for message in thread.messages]
    ]


async def _text(message: Any) -> str:
    return str(await message.text)


async def heard(thread: Any, **where: Any) -> list[Any]:
    """Collect the values that come until the run is over."""
    return [event async for event in thread.subscribe(["values"], **where)]


async def ask(client: LangGraphClient, id: str, question: str, transport: Transport) -> dict[str, Any]:
    async with client.threads.stream(id, assistant_id="querent", transport=transport) as thread:
        await thread.run.start(input={"question": question})
        return dict(await asyncio.wait_for(thread.output, PATIENCE_S))


@both
async def test_it_asks_hears_the_words_and_reads_the_output(
    client: LangGraphClient, transport: Transport
) -> None:
    created = await client.threads.create()
    async with client.threads.stream(
        created["thread_id"], assistant_id="querent", transport=transport
    ) as thread:
        started = await thread.run.start(input={"question": "Which pets are there?"})
        words = asyncio.create_task(texts(thread))
        output = await asyncio.wait_for(thread.output, PATIENCE_S)
        assert await asyncio.wait_for(words, PATIENCE_S) == ["Here you are."]
    assert started["run_id"]
    assert (output["question"], output["answer"]) == ("Which pets are there?", "Here you are.")
    assert output["sql"] == "SELECT name FROM pets"


@both
async def test_it_follows_up_in_the_same_conversation(client: LangGraphClient, transport: Transport) -> None:
    id = (await client.threads.create())["thread_id"]
    await ask(client, id, "Which pets are there?", transport)
    output = await ask(client, id, "And how many?", transport)
    assert [turn["question"] for turn in output["turns"]] == ["Which pets are there?", "And how many?"]
    assert output["question"] == "And how many?"


@both
async def test_it_hears_our_own_events_by_name(client: LangGraphClient, transport: Transport) -> None:
    id = (await client.threads.create())["thread_id"]
    async with client.threads.stream(id, assistant_id="querent", transport=transport) as thread:
        await thread.run.start(input={"question": "Which pets are there?"})
        both = thread.interleave_projections(["verdict", "values"])
        async with asyncio.timeout(PATIENCE_S):
            (first, verdict), (second, values) = [item async for item in both]
    assert (first, verdict["payload"]["approved"]) == ("verdict", True)
    assert (second, values["answer"]) == ("values", "Here you are.")


@both
async def test_it_finds_everything_at_the_root_and_nothing_elsewhere(
    client: LangGraphClient, transport: Transport
) -> None:
    id = (await client.threads.create())["thread_id"]
    async with client.threads.stream(id, assistant_id="querent", transport=transport) as thread:
        root = asyncio.create_task(heard(thread, namespaces=[[]], depth=0))
        elsewhere = asyncio.create_task(heard(thread, namespaces=[["part"]]))
        await thread.run.start(input={"question": "Which pets are there?"})
        [event] = await asyncio.wait_for(root, PATIENCE_S)
        assert event["params"]["data"]["answer"] == "Here you are."
        assert await asyncio.wait_for(elsewhere, PATIENCE_S) == []


@both
async def test_a_stopped_run_ends_its_wait(
    client: LangGraphClient, served: RunningService, transport: Transport
) -> None:
    served.analyst.blocked = True
    id = (await client.threads.create())["thread_id"]
    async with client.threads.stream(id, assistant_id="querent", transport=transport) as thread:
        run = await thread.run.start(input={"question": "Which pets are there?"})
        await client.http.post(
            f"/threads/{id}/commands",
            json={"id": 9, "method": "run.cancel", "params": {"run_id": run["run_id"]}},
        )
        with pytest.raises(RuntimeError, match="The question was cancelled"):
            await asyncio.wait_for(thread.output, PATIENCE_S)


@both
async def test_what_is_refused_is_said_in_words(client: LangGraphClient, transport: Transport) -> None:
    id = (await client.threads.create())["thread_id"]
    async with client.threads.stream(id, assistant_id="querent", transport=transport) as thread:
        with pytest.raises(RuntimeError, match="The question is empty"):
            await thread.run.start(input={"question": " "})


async def test_it_reads_states_and_lists(client: LangGraphClient) -> None:
    id = (await client.threads.create(metadata={"database": "pets"}))["thread_id"]
    await ask(client, id, "Which pets are there?", "websocket")
    state = await client.threads.get_state(id)
    history = await client.threads.get_history(id)
    assert (state["next"], state["tasks"]) == ([], [])
    assert history[0]["values"] == state["values"]
    assert history[0]["checkpoint"] == state["checkpoint"]
    assert (await client.threads.search(limit=1))[0]["thread_id"] == id
    assert (await client.threads.get(id))["status"] == "idle"
    await client.threads.update(id, metadata={"title": "Pets"})
    assert ((await client.threads.get(id))["metadata"] or {})["title"] == "Pets"
    await client.threads.delete(id)
    assert id not in [thread["thread_id"] for thread in await client.threads.search()]

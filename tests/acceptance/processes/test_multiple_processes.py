"""Runs started on one server process, then watched, cancelled and resumed through another."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import httpx
import psycopg
import pytest

from tests.acceptance.processes.conftest import ServerEndpoint, start_server_process
from tests.fixtures.cli import Terminal
from tests.fixtures.llm.form_filler import fill_form
from tests.fixtures.llm.stub_server import Reply, run_stub_server, text_reply
from tests.fixtures.ws_client import WebSocketClient, connect_client, status_of

SLOW_QUESTION = "How many sleepers are there?"
QUICK_QUESTION = "How many pets are there?"
# How long after the wish to stop a query may still be seen in its database.
# The query itself would take a minute.
GONE_WITHIN_S = 20
AT_WORK = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"

pytestmark = pytest.mark.timeout(180)


@asynccontextmanager
async def posting(door: ServerEndpoint) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=door.address, timeout=10) as client:
        yield client


async def begin(door: ServerEndpoint) -> str:
    async with posting(door) as client:
        return str((await client.post("/threads", json={"database": "pets"})).json()["thread_id"])


async def cancel(door: ServerEndpoint, thread: str) -> dict[str, Any]:
    async with posting(door) as client:
        reply = await client.post(f"/threads/{thread}/commands", json={"id": 1, "method": "run.cancel"})
        return dict(reply.json())


async def until_at_work(connection: psycopg.AsyncConnection[Any], count: bool) -> float:
    """Wait until the slow query is seen in its database, or no longer; give when."""
    async with asyncio.timeout(20):
        while ((await connection.execute(AT_WORK)).rowcount > 0) is not count:  # noqa: ASYNC110 – looked at
            await asyncio.sleep(0.005)
    return perf_counter()


def last_status(events: list[dict[str, Any]]) -> str:
    return str(events[-1]["params"]["data"]["status"])


async def test_a_query_is_stopped_from_another_process(
    endpoints: tuple[ServerEndpoint, ServerEndpoint], target_url: str
) -> None:
    first, second = endpoints
    thread = await begin(first)
    async with (
        connect_client(first, thread) as user,
        connect_client(second, thread) as viewer,
        await psycopg.AsyncConnection.connect(target_url, autocommit=True) as database,
    ):
        await viewer.subscribe()
        assert (await user.command("run.start", input=SLOW_QUESTION))["type"] == "success"
        await until_at_work(database, True)
        began = perf_counter()
        assert (await cancel(second, thread))["type"] == "success"
        took = await until_at_work(database, False) - began
        events = await viewer.events_until("failed")
        assert last_status(events) == "cancelled"
        # At once, and on the process that was told to stop it.
        assert status_of((await viewer.ask(QUICK_QUESTION))[-1]) == "completed"
    assert took < GONE_WITHIN_S


@dataclass
class Thinker:
    """A model that counts pets; while it stalls, it begins to speak and does not come to an end."""

    stalls: bool = True

    def __call__(self, body: dict[str, Any]) -> Reply:
        fields = {"kind": "data", "question": QUICK_QUESTION, "sql": "SELECT count(*) AS pets FROM pets"}
        stalled = Reply(["There ", "are "], fault="stall")
        return fill_form(body, fields) or (stalled if self.stalls else text_reply("There are three."))


async def test_a_model_that_speaks_is_stopped_from_another_process(terminal: Terminal) -> None:
    thinker = Thinker()
    async with run_stub_server(thinker) as stub:
        terminal.settings |= {
            "QUERENT_MODEL": "stub",
            "QUERENT_MODEL_URL": stub.url,
            "QUERENT_MODEL_KEY": "k",
        }
        with ExitStack() as servers:
            first, second = [
                await asyncio.to_thread(start_server_process, terminal, servers) for _ in range(2)
            ]
            thread = await begin(first)
            async with connect_client(first, thread) as user, connect_client(second, thread) as viewer:
                await viewer.subscribe()
                await user.command("run.start", input=QUICK_QUESTION)
                await until_it_speaks(viewer)
                stub.hung_up.clear()
                began = perf_counter()
                await cancel(second, thread)
                await asyncio.wait_for(stub.hung_up.wait(), 5)
                took = perf_counter() - began
                assert last_status(await viewer.events_until("failed")) == "cancelled"
                thinker.stalls = False
                assert status_of((await viewer.ask(QUICK_QUESTION))[-1]) == "completed"
    assert took < GONE_WITHIN_S


async def until_it_speaks(viewer: WebSocketClient) -> None:
    while not any(event["method"] == "messages" for event in viewer.events):
        viewer.events.append(await viewer.frame())


def test_what_was_asked_back_outlives_the_process_that_asked(terminal: Terminal) -> None:
    with terminal.run_server(port="0", approve="always") as process:
        first = ServerEndpoint(int(terminal.settings["QUERENT_PORT"]))
        thread, request = asyncio.run(ask_for_approval(first))
        process.kill()
        process.wait()
    with terminal.run_server(port="0", approve="always"):
        second = ServerEndpoint(int(terminal.settings["QUERENT_PORT"]))
        events = asyncio.run(approve(second, thread, request["interrupt_id"]))
    assert request["payload"]["kind"] == "approve"
    assert last_status(events) == "completed"
    [reply] = [event for event in events if event["params"]["data"].get("name") == "responded"]
    assert reply["params"]["data"]["payload"]["response"] == {"decision": "approve"}


async def ask_for_approval(door: ServerEndpoint) -> tuple[str, dict[str, Any]]:
    thread = await begin(door)
    async with connect_client(door, thread) as caller:
        events = await (await caller.subscribe()).ask(QUICK_QUESTION)
    [request] = [event for event in events if event["method"] == "input.requested"]
    return thread, request["params"]["data"]


async def approve(door: ServerEndpoint, thread: str, interrupt_id: str) -> list[dict[str, Any]]:
    async with connect_client(door, thread) as caller:
        await caller.subscribe()
        caller.events.clear()
        response = {"interrupt_id": interrupt_id, "response": {"decision": "approve"}}
        reply = await caller.command("input.respond", **response)
        assert reply["type"] == "success", reply
        return await caller.events_until("completed", "failed")

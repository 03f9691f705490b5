"""The REST API, as scripts, the page and stock clients use it."""

import json
from typing import Any

import httpx
import pytest

from tests.fixtures.scripted_service import RunningService
from tests.fixtures.ws_client import WebSocketClient

NOBODY = "6a4e5e8e-6f0e-4c39-9a40-0a4d7d6d0d11"


async def test_a_conversation_begins_with_nothing_in_it(http: httpx.AsyncClient) -> None:
    response = (await http.post("/threads")).json()
    assert (response["status"], response["values"], response["interrupts"]) == ("idle", {}, {})
    assert response["metadata"]["database"] == "pets"
    assert (await http.get(f"/threads/{response['thread_id']}")).json() == response


@pytest.mark.parametrize("body", [{"database": "pets"}, {"metadata": {"database": "pets", "theirs": [1]}}])
async def test_a_conversation_is_about_the_database_that_was_named(
    http: httpx.AsyncClient, body: dict[str, Any]
) -> None:
    assert (await http.post("/threads", json=body)).json()["metadata"]["database"] == "pets"


async def test_a_database_that_is_not_there_is_said_so(http: httpx.AsyncClient) -> None:
    answer = await http.post("/threads", json={"database": "zoo"})
    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_database")


async def test_a_state_shows_the_turns(http: httpx.AsyncClient, caller: WebSocketClient, thread: str) -> None:
    await (await caller.subscribe()).ask("Which pets are there?")
    state = (await http.get(f"/threads/{thread}/state", params={"subgraphs": "false"})).json()
    assert state["values"]["turns"][0]["question"] == "Which pets are there?"
    assert (state["next"], state["tasks"], state["interrupts"]) == ([], [], [])
    assert state["checkpoint"]["thread_id"] == thread
    history = (await http.post(f"/threads/{thread}/history", json={"limit": 1})).json()
    assert history[0]["checkpoint"] == state["checkpoint"]
    assert (await http.get(f"/threads/{thread}/history?limit=1")).json() == history


async def test_a_conversation_at_work_is_busy(
    http: httpx.AsyncClient, served: RunningService, caller: WebSocketClient, thread: str
) -> None:
    served.analyst.blocked = True
    await caller.subscribe("lifecycle")
    await caller.command("run.start", input="Which pets are there?")
    await caller.events_until("running")
    assert (await http.get(f"/threads/{thread}")).json()["status"] == "busy"


async def test_conversations_are_listed_newest_first_with_their_titles(http: httpx.AsyncClient) -> None:
    first, second = [(await http.post("/threads")).json()["thread_id"] for _ in range(2)]
    changed = await http.patch(f"/threads/{first}", json={"metadata": {"title": "  Pets  "}})
    assert changed.json()["metadata"]["title"] == "Pets"
    listed = (await http.post("/threads/search", json={"limit": 2})).json()
    assert {thread["thread_id"] for thread in listed} == {first, second}
    titles = (await http.post("/threads/search", json={"metadata": {"title": "Pets"}})).json()
    assert first in [thread["thread_id"] for thread in titles]
    assert second not in [thread["thread_id"] for thread in titles]


async def test_removing_stops_what_runs(
    http: httpx.AsyncClient, served: RunningService, caller: WebSocketClient, thread: str
) -> None:
    served.analyst.blocked = True
    await caller.subscribe("messages")
    await caller.command("run.start", input="Which pets are there?")
    await caller.frame()
    assert (await http.delete(f"/threads/{thread}")).status_code == 204
    assert (await http.get(f"/threads/{thread}")).status_code == 404
    assert (await http.delete(f"/threads/{thread}")).status_code == 404


async def test_databases_are_named_and_their_addresses_are_not(http: httpx.AsyncClient) -> None:
    answer = await http.get("/databases")
    assert answer.json() == [{"name": "pets", "description": "Some pets.", "dialect": "sqlite"}]


async def test_health_is_told_with_the_name_of_the_service(http: httpx.AsyncClient) -> None:
    response = (await http.get("/healthz")).json()
    assert (response["service"], response["status"], response["store"]) == ("querent", "ok", True)


async def test_the_page_is_served_with_its_files(http: httpx.AsyncClient) -> None:
    page = await http.get("/")
    assert "<title>Querent</title>" in page.text
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    script = await http.get("/page/app.js")
    assert script.headers["content-type"].startswith("text/javascript")
    assert (await http.get("/page/../app.py")).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", f"/threads/{NOBODY}", None, 404),
        ("GET", "/threads/nonsense", None, 404),
        ("GET", f"/threads/{NOBODY}/state", None, 404),
        ("GET", f"/threads/{NOBODY}/history", None, 404),
        ("DELETE", f"/threads/{NOBODY}", None, 404),
        ("PATCH", f"/threads/{NOBODY}", {"metadata": {"title": "x"}}, 404),
        ("PATCH", f"/threads/{NOBODY}", {"metadata": {"title": ""}}, 422),
        ("POST", f"/threads/{NOBODY}/stream/events", {"channels": ["values"]}, 404),
        ("POST", f"/threads/{NOBODY}/commands", {"id": 1, "method": "run.cancel"}, 404),
        ("POST", "/threads", {"thread_id": NOBODY}, 422),
        ("POST", "/threads/search", {"limit": -1}, 422),
        ("POST", "/threads/search", {"values": {"a": 1}}, 422),
        ("POST", "/threads", [], 422),
        ("POST", "/threads", {"database": "\0"}, 422),
        ("PATCH", f"/threads/{NOBODY}", {"metadata": {"title": "a\0"}}, 422),
        ("DELETE", "/databases/%00", None, 404),
        ("GET", "/databases/a%00/schema/sync", None, 404),
        ("PUT", "/threads", None, 405),
        ("GET", "/nowhere", None, 404),
        ("POST", "/login", {"key": "x"}, 422),
    ],
)
async def test_what_cannot_be_done_is_said_in_one_form(
    http: httpx.AsyncClient, method: str, path: str, body: Any, status: int
) -> None:
    answer = await http.request(method, path, json=body)
    assert answer.status_code == status
    assert set(answer.json()) >= {"error", "code", "message"}


async def test_a_body_that_is_too_large_is_refused(http: httpx.AsyncClient, thread: str) -> None:
    async def endless() -> Any:
        for _ in range(400):
            yield b" " * 1024

    response = await http.post("/threads", content=b" " * 400_000)
    untold = await http.post(f"/threads/{thread}/commands", content=endless())
    assert (response.status_code, response.json()["code"]) == (413, "too_large")
    assert (untold.status_code, untold.json()["code"]) == (413, "too_large")


async def test_commands_can_be_posted(http: httpx.AsyncClient, caller: WebSocketClient, thread: str) -> None:
    await caller.subscribe()
    command = {"id": 5, "method": "run.start", "params": {"input": "Which pets are there?"}}
    reply = await http.post(f"/threads/{thread}/commands", json=command)
    assert (reply.status_code, reply.json()["type"], reply.json()["id"]) == (200, "success", 5)
    assert (await caller.events_until("completed"))[0]["seq"] == reply.json()["meta"][
        "applied_through_seq"
    ] + 1


@pytest.mark.parametrize(
    ("command", "status", "code"),
    [
        (b"\xff", 400, "malformed"),
        (b"{}", 422, "invalid_argument"),
        (b'{"id": 1, "method": "run.start", "params": {"input": ""}}', 200, "invalid_question"),
        (b'{"id": 1, "method": "run.explode"}', 200, "unknown_command"),
        (
            b'{"id": 1, "method": "subscription.subscribe", "params": {"channels": ["values"]}}',
            200,
            "not_supported",
        ),
    ],
)
async def test_a_posted_command_that_is_refused_is_answered_in_the_protocol_s_form(
    http: httpx.AsyncClient, thread: str, command: bytes, status: int, code: str
) -> None:
    reply = await http.post(f"/threads/{thread}/commands", content=command)
    response = json.loads(reply.content)
    assert (reply.status_code, response["type"], response["code"]) == (status, "error", code)

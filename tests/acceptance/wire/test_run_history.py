"""Run history over HTTP: listing runs, reading one, and waiting in the queue."""

import httpx

from tests.fixtures.scripted_service import RunningService
from tests.fixtures.ws_client import WebSocketClient


async def test_runs_can_be_listed_with_what_they_took(
    caller: WebSocketClient, http: httpx.AsyncClient, thread: str
) -> None:
    await (await caller.subscribe()).ask("Which pets are there?")
    await caller.ask("And how many?")
    listed = (await http.get(f"/threads/{thread}/runs")).json()
    assert [run["question"] for run in listed] == ["And how many?", "Which pets are there?"]
    assert {run["status"] for run in listed} == {"completed"}
    assert listed[0]["usage"]["rows"] == 1
    response = await http.get(f"/threads/{thread}/runs/{listed[0]['run_id']}")
    assert response.json() == listed[0]


async def test_a_run_of_another_conversation_is_not_there(
    caller: WebSocketClient, http: httpx.AsyncClient, thread: str
) -> None:
    await (await caller.subscribe()).ask("Which pets are there?")
    [run] = (await http.get(f"/threads/{thread}/runs")).json()
    other = (await http.post("/threads", json={})).json()["thread_id"]
    response = await http.get(f"/threads/{other}/runs/{run['run_id']}")
    assert (response.status_code, response.json()["code"]) == (404, "no_such_run")
    assert (await http.post(f"/threads/{other}/runs/{run['run_id']}/cancel")).status_code == 404


async def test_a_run_can_be_stopped_by_request(
    caller: WebSocketClient, http: httpx.AsyncClient, thread: str, served: RunningService
) -> None:
    served.analyst.blocked = True
    run = (await caller.command("run.start", input="Which pets are there?"))["result"]["run_id"]
    assert (await http.post(f"/threads/{thread}/runs/{run}/cancel")).status_code == 202
    await (await caller.subscribe("lifecycle", since=0)).events_until("failed")
    assert (await http.get(f"/threads/{thread}/runs/{run}")).json()["status"] == "cancelled"
    assert (await http.post(f"/threads/{thread}/runs/{run}/cancel")).status_code == 204


async def test_a_question_waits_its_turn_over_the_wire(
    caller: WebSocketClient, http: httpx.AsyncClient, thread: str, served: RunningService
) -> None:
    served.analyst.blocked = True
    await caller.subscribe("lifecycle", "custom:asked")
    first = (await caller.command("run.start", input="Which pets?"))["result"]["run_id"]
    queued = await caller.command("run.start", input="And now?", multitask_strategy="enqueue")
    second = queued["result"]["run_id"]
    assert (await http.get(f"/threads/{thread}/runs/{second}")).json()["status"] == "queued"
    served.analyst.blocked = False
    served.analyst.resume.set()
    response: list[tuple[str, str]] = []
    while len([status for _, status in response if status == "completed"]) < 2:
        event = caller.events.pop(0) if caller.events else await caller.frame()
        if event["method"] == "lifecycle":
            response.append((event["params"]["data"]["run_id"], event["params"]["data"]["status"]))
    assert response.index((first, "completed")) < response.index((second, "running"))
    assert (second, "queued") in response

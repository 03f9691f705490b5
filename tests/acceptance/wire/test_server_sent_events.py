"""The event stream as server-sent events."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx

from tests.fixtures.ws_client import ALL_CHANNELS, END_STATUSES, WebSocketClient, status_of


async def told(response: httpx.Response) -> AsyncIterator[dict[str, str]]:
    """Read server-sent events, one dictionary of fields for each."""
    fields: dict[str, str] = {}
    async for line in response.aiter_lines():
        name, colon, value = line.partition(": ")
        if colon and name:
            fields[name] = value
        elif not line and fields:
            yield fields
            fields = {}


async def read(http: httpx.AsyncClient, thread: str, **asked: Any) -> list[dict[str, str]]:
    heard = []
    body = {"channels": ALL_CHANNELS, **asked}
    async with http.stream("POST", f"/threads/{thread}/stream/events", json=body) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        async for fields in told(response):
            heard.append(fields)
            if status_of(json.loads(fields["data"])) in END_STATUSES:
                break
    return heard


async def test_a_stream_and_a_socket_tell_the_same(
    http: httpx.AsyncClient, caller: WebSocketClient, thread: str
) -> None:
    events = await (await caller.subscribe()).ask("Which pets are there?")
    heard = await read(http, thread, since=0)
    assert [json.loads(fields["data"]) for fields in heard] == events
    assert [fields["id"] for fields in heard] == [event["event_id"] for event in events]
    assert [fields["event"] for fields in heard] == [event["method"] for event in events]


async def test_a_stream_goes_on_after_the_event_that_was_heard_last(
    http: httpx.AsyncClient, caller: WebSocketClient, thread: str
) -> None:
    events = await (await caller.subscribe()).ask("Which pets are there?")
    heard = await read(http, thread, since=events[4]["seq"], channels=["lifecycle", "custom:rows"])
    assert [fields["event"] for fields in heard] == ["custom", "lifecycle"]


async def test_a_stream_without_channels_is_refused(http: httpx.AsyncClient, thread: str) -> None:
    answer = await http.post(f"/threads/{thread}/stream/events", json={})
    assert (answer.status_code, answer.json()["message"]) == (422, "channels: Field required")

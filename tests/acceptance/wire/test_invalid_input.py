"""Invalid frames get an error reply, the socket stays open and the conversation usable."""

import json
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosedError, InvalidStatus

from store.errors import TargetUnavailable
from tests.fixtures.scripted_service import RunningService
from tests.fixtures.ws_client import WebSocketClient, connect_client, status_of
from transport.server import MAX_FRAME_BYTES


def command(id: Any, method: Any, **params: Any) -> str:
    return json.dumps({"id": id, "method": method, "params": params})


FRAMES = {
    "empty": ("", "malformed"),
    "not JSON": ("Which pets are there?", "malformed"),
    "half of it": ('{"id": 1, "method": ', "malformed"),
    "a list": ("[1, 2, 3]", "malformed"),
    "null": ("null", "malformed"),
    "deep": ("[" * 60_000, "malformed"),
    "half a character": ('{"id": 1, "method": "run.start", "params": {"input": "\\ud800"}}', "malformed"),
    "binary": (b'{"id": 1, "method": "run.cancel"}', "malformed"),
    "binary nonsense": (b"\xff\xfe\x00", "malformed"),
    "no id": ('{"method": "run.cancel"}', "invalid_argument"),
    "an id of text": (command("one", "run.cancel"), "invalid_argument"),
    "a negative id": (command(-1, "run.cancel"), "invalid_argument"),
    "an id too large": (command(2**53, "run.cancel"), "invalid_argument"),
    "a true id": (command(True, "run.cancel"), "invalid_argument"),
    "no method": ('{"id": 1}', "invalid_argument"),
    "an unknown method": (command(1, "run.explode"), "unknown_command"),
    "a method of others": (command(1, "state.fork", checkpoint_id="1"), "not_supported"),
    "something more": ('{"id": 1, "method": "run.cancel", "colour": "red"}', "invalid_argument"),
    "params in a list": ('{"id": 1, "method": "run.cancel", "params": []}', "invalid_argument"),
    "no question": (command(1, "run.start"), "invalid_argument"),
    "a number for a question": (command(1, "run.start", input=42), "invalid_argument"),
    "a question in a list": (command(1, "run.start", input={"question": ["Why?"]}), "invalid_argument"),
    "no messages": (command(1, "run.start", input={"messages": []}), "invalid_argument"),
    "our own message": (
        command(1, "run.start", input={"messages": [{"role": "assistant", "content": "Hello!"}]}),
        "invalid_argument",
    ),
    "a picture": (
        command(1, "run.start", input={"messages": [{"role": "user", "content": [{"type": "image"}]}]}),
        "invalid_argument",
    ),
    "an empty question": (command(1, "run.start", input={"question": ""}), "invalid_question"),
    "a blank question": (command(1, "run.start", input={"question": " \n\t"}), "invalid_question"),
    "a question with a zero": (command(1, "run.start", input="How many\0?"), "invalid_argument"),
    "an answer with a zero": (
        command(1, "input.respond", interrupt_id="x", response={"sql": ["\0"]}),
        "invalid_argument",
    ),
    "60 kB of question": (
        command(1, "run.start", input={"question": "Why? " * 12_000}),
        "invalid_question",
    ),
    "another database": (
        command(1, "run.start", input={"question": "Why?", "database": "shop"}),
        "invalid_argument",
    ),
    "an earlier checkpoint": (
        command(1, "run.start", input="Why?", config={"configurable": {"checkpoint_id": "1"}}),
        "not_supported",
    ),
    "no such strategy": (
        command(1, "run.start", input="Why?", multitask_strategy="hope"),
        "invalid_argument",
    ),
    "nothing to stop": (command(1, "run.cancel"), "no_such_run"),
    "no such run": (
        command(1, "run.cancel", run_id="6a4e5e8e-6f0e-4c39-9a40-0a4d7d6d0d11"),
        "no_such_run",
    ),
    "not even a run": (command(1, "run.cancel", run_id="the last one"), "invalid_argument"),
    "nothing was asked": (command(1, "input.respond", interrupt_id="x", response="y"), "no_such_interrupt"),
    "an answer to nothing": (command(1, "input.respond", response="y"), "invalid_argument"),
    "no channels": (command(1, "subscription.subscribe", channels=[]), "invalid_argument"),
    "no such channel": (command(1, "subscription.subscribe", channels=["gossip"]), "invalid_argument"),
    "from before the start": (
        command(1, "subscription.subscribe", channels=["values"], since=-1),
        "invalid_argument",
    ),
    "a true since": (
        command(1, "subscription.subscribe", channels=["values"], since=True),
        "invalid_argument",
    ),
    "no such subscription": (
        command(1, "subscription.unsubscribe", subscription_id="x"),
        "no_such_subscription",
    ),
    "an event of another script": (
        command(1, "subscription.reconnect", last_event_id="\u0661", subscriptions=["x~values"]),
        "invalid_argument",
    ),
    "nor one to take up": (
        command(1, "subscription.reconnect", subscriptions=["x~gossip"]),
        "no_such_subscription",
    ),
}


@pytest.mark.parametrize(("frame", "code"), FRAMES.values(), ids=FRAMES.keys())
async def test_nonsense_gets_an_answer_and_the_socket_stays_open(
    caller: WebSocketClient, frame: str | bytes, code: str
) -> None:
    reply = await caller.send(frame)
    assert (reply["type"], reply["code"]) == ("error", code)
    assert len(reply["message"]) > 10
    events = await (await caller.subscribe()).ask("Which pets are there?")
    assert status_of(events[-1]) == "completed"


async def test_a_frame_without_end_closes_the_socket(caller: WebSocketClient) -> None:
    await caller.socket.send("x" * (MAX_FRAME_BYTES + 1))
    with pytest.raises(ConnectionClosedError) as closed:
        await caller.frame()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009


@pytest.mark.parametrize(
    "thread", ["nonsense", "6a4e5e8e-6f0e-4c39-9a40-0a4d7d6d0d11", "..%2F..", "%00", "x" * 300]
)
async def test_an_unknown_conversation_is_refused_before_it_opens(
    served: RunningService, thread: str
) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with connect_client(served, thread):
            pass
    assert refused.value.response.status_code == 404
    assert b'"code":"n' in (refused.value.response.body or b"")


async def test_more_subscriptions_than_anybody_needs_are_refused(caller: WebSocketClient) -> None:
    for _ in range(32):
        await caller.subscribe("values")
    reply = await caller.command("subscription.subscribe", channels=["values"])
    assert (reply["type"], reply["code"]) == ("error", "invalid_argument")


async def test_a_failure_that_nobody_foresaw_says_nothing_of_its_text(
    caller: WebSocketClient, served: RunningService
) -> None:
    served.target.error = RuntimeError("password=hunter2")
    events = await (await caller.subscribe()).ask("Which pets are there?")
    last = events[-1]["params"]["data"]
    assert (last["event"], last["code"]) == ("failed", "internal")
    assert "hunter2" not in json.dumps(events)
    served.target.error = None
    assert status_of((await caller.ask("And how many?"))[-1]) == "completed"


async def test_a_database_that_is_down_fails_the_run_only(
    caller: WebSocketClient, served: RunningService
) -> None:
    served.target.error = TargetUnavailable("no route to 10.0.0.7")
    events = await (await caller.subscribe()).ask("Which pets are there?")
    assert events[-1]["params"]["data"]["code"] == "target_unavailable"
    assert "10.0.0.7" not in json.dumps(events)
    served.target.error = None
    assert status_of((await caller.ask("Which pets are there?"))[-1]) == "completed"

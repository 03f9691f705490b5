"""The published JSON schema matches every frame, inbound and outbound."""

import json
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it has no types

from agent.analyst import Intent
from graph.events import EVENT_NAMES
from tests.fixtures.scripted_service import RunningService
from tests.fixtures.ws_client import WebSocketClient
from transport.protocol.commands import Command, parse_command
from transport.protocol.schema import asyncapi, protocol_schema

SCHEMA = protocol_schema()
UNCLEAR = Intent("unclear", "Cats or dogs?", reply="Cats or dogs?", choices=("cats", "dogs"))


def side(name: str) -> Draft202012Validator:
    return Draft202012Validator({**SCHEMA, "anyOf": [{"$ref": f"#/$defs/{name}"}]})


def faults_of(frame: Any, name: str = "outbound") -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in side(name).iter_errors(frame)]


async def test_every_frame_of_a_turn_is_as_described(caller: WebSocketClient, served: RunningService) -> None:
    served.analyst.intents = [UNCLEAR]
    await caller.subscribe("*", "updates")
    request = await caller.ask("How many?")
    waiting = next(event for event in request if event["method"] == "input.requested")["params"]["data"]
    reply = await caller.command("input.respond", interrupt_id=waiting["interrupt_id"], response="cats")
    refused = await caller.command("run.cancel", run_id="6a4e5e8e-6f0e-4c39-9a40-0a4d7d6d0d11")
    answered = await caller.events_until("completed")
    methods = {event["method"] for event in [*request, *answered]}
    assert methods == {"lifecycle", "messages", "input.requested", "updates", "values", "custom"}
    for frame in [*request, *answered, reply, refused]:
        assert faults_of(frame) == [], frame


async def test_a_run_that_fails_or_is_stopped_is_told_as_described(
    caller: WebSocketClient, served: RunningService
) -> None:
    served.target.error = RuntimeError("no")
    for event in await (await caller.subscribe()).ask("Which pets are there?"):
        assert faults_of(event) == []
    served.target.error = None
    served.analyst.blocked = True
    await caller.command("run.start", input="Which pets are there?")
    await caller.command("run.start", input="And now?", multitask_strategy="enqueue")
    await caller.command("run.cancel")
    for event in await caller.events_until("failed"):
        assert faults_of(event) == []
    served.analyst.blocked = False
    served.analyst.resume.set()


@pytest.mark.parametrize(
    ("frame", "is_valid"),
    [
        ({"id": 1, "method": "run.start", "params": {"input": "Why?"}}, True),
        ({"id": 1, "method": "run.start", "params": {"input": {"question": "Why?"}}}, True),
        ({"id": 1, "method": "run.start", "params": {"input": 42}}, False),
        ({"id": 1, "method": "run.start", "params": {"input": "Why?", "multitask_strategy": "hope"}}, False),
        ({"id": 1, "method": "run.start", "params": {"input": "?", "multitaskStrategy": "enqueue"}}, True),
        ({"id": -1, "method": "run.cancel"}, False),
        ({"id": 1, "method": "run.explode"}, False),
        ({"id": 1, "method": "subscription.subscribe", "params": {"channels": ["*", "custom:rows"]}}, True),
        ({"id": 1, "method": "subscription.subscribe", "params": {"channels": ["gossip"]}}, False),
        ({"id": 1, "method": "subscription.subscribe", "params": {"channels": []}}, False),
        ({"id": 1, "method": "subscription.reconnect", "params": {"last_event_id": "12"}}, True),
        ({"id": 1, "method": "subscription.reconnect", "params": {"last_event_id": "x"}}, False),
    ],
)
def test_a_command_is_described_as_it_is_read(frame: dict[str, Any], is_valid: bool) -> None:
    assert isinstance(parse_command(json.dumps(frame)), Command) is is_valid
    # The schema knows parameters by one name each.
    if "multitaskStrategy" not in json.dumps(frame):
        assert (faults_of(frame, "inbound") == []) is is_valid


def test_every_event_of_ours_is_described() -> None:
    [custom] = [each for each in SCHEMA["$defs"]["outbound"]["anyOf"] if each.get("title") == "custom"]
    data = custom["properties"]["params"]["properties"]["data"]
    assert [each["title"] for each in data["oneOf"]] == list(EVENT_NAMES.values())


def test_no_reference_leads_nowhere() -> None:
    references = json.dumps(SCHEMA).split('"$ref": "#/$defs/')[1:]
    assert {reference.partition('"')[0] for reference in references} <= set(SCHEMA["$defs"])
    Draft202012Validator.check_schema(SCHEMA)


async def test_both_can_be_had_from_the_service(http: httpx.AsyncClient) -> None:
    assert (await http.get("/protocol.json")).json() == SCHEMA
    page = (await http.get("/asyncapi.json")).json()
    assert page == asyncapi()
    assert page["channels"]["conversation"]["address"] == "/threads/{thread_id}/stream/events"

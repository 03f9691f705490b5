"""What goes out by the wire: events of the log, replies to commands."""

import json
from collections.abc import Mapping
from datetime import datetime
from time import time
from typing import Any

from graph.runs.event_writer import GRAPH_NAME
from store.runs.events import LoggedEvent
from transport.protocol.errors import Fault

# What each channel is called as the method of an event.
METHODS: Mapping[str, str] = {
    "lifecycle": "lifecycle",
    "messages": "messages",
    "input": "input.requested",
    "updates": "updates",
    "values": "values",
    "custom": "custom",
}
# The protocol's list of statuses is fixed, and stock clients wait for one of these. Ours stands beside it.
STATUSES: Mapping[str, str] = {"cancelled": "failed", "recovered": "running", "queued": "running"}
STOPPED = "The question was stopped."

# Made once: `json.dumps` makes an encoder for every text that is not quite usual.
_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def encode_event(event: LoggedEvent) -> dict[str, Any]:
    """Give an event as the protocol has it."""
    return {
        "type": "event",
        "event_id": str(event.seq),
        "seq": event.seq,
        "method": METHODS[event.channel],
        "params": {
            "namespace": [],
            "timestamp": _milliseconds(event.at),
            "data": _data_of(event),
        },
    }


def event_as_text(event: LoggedEvent) -> str:
    """Give an event as it is sent: `as_text` of what `encode_event` gives, of what is written already."""
    if event.text is None or event.channel not in {"custom", "messages", "values"}:
        return as_text(encode_event(event))
    data = event.text
    if event.channel == "custom":
        data = f'{{"name":{_encode(event.name)},"payload":{data}}}'
    return (
        f'{{"type":"event","event_id":"{event.seq}","seq":{event.seq},"method":"{METHODS[event.channel]}",'
        f'"params":{{"namespace":[],"timestamp":{_milliseconds(event.at)},"data":{data}}}}}'
    )


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _data_of(event: LoggedEvent) -> Any:
    match event.channel:
        case "custom":
            return {"name": event.name, "payload": event.payload}
        case "lifecycle":
            return _life(event.payload)
        case "input":
            # The protocol says `payload`; the stock Python client reads `value`.
            return {**event.payload, "value": event.payload["payload"]}
    return event.payload


def _life(payload: Mapping[str, Any]) -> dict[str, Any]:
    status = payload["event"]
    data = {**payload, "event": STATUSES.get(status, status), "status": status}
    if status == "cancelled":
        data.update(error=STOPPED, code="cancelled")
    return data


def lagging(seq: int) -> dict[str, Any]:
    """Tell a viewer that it is behind; `seq` is the last event it was sent. It is not in the log."""
    return {
        "type": "event",
        "event_id": str(seq),
        "seq": seq,
        "method": "lifecycle",
        "params": {
            "namespace": [],
            "timestamp": int(time() * 1000),
            "data": {"event": "running", "status": "lagging", "graph_name": GRAPH_NAME},
        },
    }


def success(id: int, result: Mapping[str, Any], applied_through: int) -> dict[str, Any]:
    """Say that a command was obeyed, and up to which event the log had come before it took effect."""
    return {
        "type": "success",
        "id": id,
        "result": dict(result),
        "meta": {"applied_through_seq": applied_through},
    }


def failure(id: int | None, fault: Fault) -> dict[str, Any]:
    """Say why a command was not obeyed. Without an id: why the events end here."""
    return {"type": "error", "id": id, **fault.as_json()}


def as_text(frame: Mapping[str, Any]) -> str:
    """Give a frame as it is sent. Pure ASCII, because a lone surrogate in a value has no UTF-8."""
    return _encode(frame)

"""Outbound protocol: encode logged events and command replies as frames of the models in `events.py`."""

import json
from collections.abc import Mapping
from datetime import datetime
from time import time
from typing import Any

from store.runs.events import LoggedEvent
from transport.protocol.errors import ApiError
from transport.protocol.events import (
    CustomEvent,
    ErrorReply,
    EventFrame,
    InputRequest,
    LifecycleEvent,
    MessageEvent,
    OutboundModel,
    ReplyMeta,
    StepUpdate,
    SuccessReply,
    TextContent,
    TurnValues,
)

# The method under which the events of each channel are sent.
METHODS: Mapping[str, str] = {
    "lifecycle": "lifecycle",
    "messages": "messages",
    "input": "input.requested",
    "updates": "updates",
    "values": "values",
    "custom": "custom",
}
# The protocol's statuses are fixed, and stock clients wait for one of them. Ours is sent beside it.
PROTOCOL_STATUSES: Mapping[str, str] = {"cancelled": "failed", "recovered": "running", "queued": "running"}
CANCELLED = "The question was cancelled."
GRAPH_NAME = "querent"

# Shared encoder: `json.dumps` constructs one for each call with non-default options.
_to_json = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def encode_event(event: LoggedEvent) -> dict[str, Any]:
    """Convert a logged event to a frame of the protocol."""
    method = METHODS[event.channel]
    return EventFrame.create(event.seq, method, _milliseconds(event.created_at), _data(event)).dump()


def encode_event_text(event: LoggedEvent) -> str:
    """Encode a logged event as text: equals `encode_frame(encode_event(event))`.

    Faster, as payloads of the channels `custom` and `values` are inserted as JSON text into an encoded frame.
    """
    if event.channel in PLAIN_CHANNELS:
        data = _to_json(event.payload) if event.text is None else event.text
    else:
        data = _to_json(_data(event).dump())
    return _TEMPLATES[event.channel] % {
        "seq": event.seq,
        "timestamp": _milliseconds(event.created_at),
        "name": _to_json(event.name),
        "data": data,
    }


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _data(event: LoggedEvent) -> OutboundModel:
    match event.channel:
        case "custom":
            return CustomEvent(name=event.name, payload=event.payload)
        case "lifecycle":
            return _lifecycle_event(event.payload)
        case "messages":
            return _message_event(event.payload)
        case "input":
            # The protocol specifies `payload`; the stock Python client reads `value`.
            return InputRequest(**event.payload, value=event.payload["payload"])
        case "updates":
            return StepUpdate(**event.payload)
    return TurnValues(**event.payload)


def _lifecycle_event(payload: Mapping[str, Any]) -> LifecycleEvent:
    status = payload["event"]
    fields = {
        **payload,
        "event": PROTOCOL_STATUSES.get(status, status),
        "graph_name": GRAPH_NAME,
        "status": status,
    }
    if status == "cancelled":
        fields |= {"error": CANCELLED, "code": "cancelled"}
    return LifecycleEvent(**fields)


def _message_event(payload: Mapping[str, Any]) -> MessageEvent:
    """Convert a phase of the reply to an event of the protocol: a message with one text block."""
    match payload["phase"]:
        case "started":
            return MessageEvent(event="message-start", role="ai", id=payload["id"])
        case "text_started":
            content = TextContent(type="text", text="")
            return MessageEvent(event="content-block-start", index=0, content=content)
        case "text":
            delta = TextContent(type="text-delta", text=payload["text"])
            return MessageEvent(event="content-block-delta", index=0, delta=delta)
        case "text_finished":
            content = TextContent(type="text", text=payload["text"])
            return MessageEvent(event="content-block-finish", index=0, content=content)
    return MessageEvent(event="message-finish")


def lagging_event(seq: int) -> dict[str, Any]:
    """Build the event that tells a slow reader it lags; `seq` is the last event it was sent. Not logged."""
    data = LifecycleEvent(event="running", status="lagging", graph_name=GRAPH_NAME)
    return EventFrame.create(seq, METHODS["lifecycle"], int(time() * 1000), data).dump()


def success_reply(id: int, result: Mapping[str, Any], applied_through: int) -> dict[str, Any]:
    """Build the reply to an executed command; `applied_through` is the last event before it took effect."""
    meta = ReplyMeta(applied_through_seq=applied_through)
    return SuccessReply(type="success", id=id, result=dict(result), meta=meta).dump()


def error_reply(id: int | None, error: ApiError) -> dict[str, Any]:
    """Build the reply to a refused command; without an id, the reason why the event stream ends here."""
    return ErrorReply(type="error", id=id, **error.as_json()).dump()


def encode_frame(frame: Mapping[str, Any]) -> str:
    """Encode a frame as text. Pure ASCII, because a lone surrogate in a value has no UTF-8 encoding."""
    return _to_json(frame)


# Channels whose events are sent as they are logged.
PLAIN_CHANNELS = frozenset({"custom", "values"})
# Placeholders that cannot occur elsewhere in an encoded frame.
_SEQ, _TIMESTAMP, _NAME, _DATA = 2**52 + 1, 2**52 + 2, "\0name", "\0data"


def _template(channel: str) -> str:
    """Encode a frame with placeholders, as a format string for the events of a channel."""
    data = CustomEvent(name=_NAME, payload=_DATA) if channel == "custom" else _DATA
    frame = EventFrame.create(_SEQ, METHODS[channel], _TIMESTAMP, data)
    text = encode_frame(frame.dump()).replace("%", "%%")
    for placeholder, field in (
        (str(_SEQ), "%(seq)d"),
        (str(_TIMESTAMP), "%(timestamp)d"),
        (_to_json(_NAME), "%(name)s"),
        (_to_json(_DATA), "%(data)s"),
    ):
        text = text.replace(placeholder, field)
    return text


_TEMPLATES = {channel: _template(channel) for channel in METHODS}

"""JSON Schema and AsyncAPI descriptions of the protocol, generated from its models."""

import inspect
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, TypeAdapter
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from graph.events import EVENT_NAMES
from graph.steps.interrupts import ApprovalDecision
from transport.protocol.commands import COMMANDS
from transport.protocol.events import EVENT_MODELS, ErrorReply, EventFrame, EventParams, SuccessReply
from transport.version import VERSION

SCHEMA_DIR = Path(__file__).parent / "schemas"
SCHEMA_FILES = ("protocol.json", "asyncapi.json")
EVENTS_PATH = "/threads/{thread_id}/stream/events"
Schema = dict[str, Any]


def protocol_schema() -> Schema:
    """Build the JSON Schema of all frames: `#/$defs/inbound` from, `#/$defs/outbound` to clients."""
    definitions: Schema = {}
    commands = [_command(method, model, definitions) for method, model in COMMANDS.items()]
    channel_events = [_event(method, _ref(model, definitions)) for method, model in EVENT_MODELS.items()]
    custom_events = [
        _custom_event(name, _ref(event_type, definitions)) for event_type, name in EVENT_NAMES.items()
    ]
    replies = [_ref(model, definitions) for model in (SuccessReply, ErrorReply)]
    definitions["Decision"] = definitions.get("Decision") or TypeAdapter(ApprovalDecision).json_schema()
    definitions["inbound"] = {"oneOf": commands}
    definitions["outbound"] = {
        "anyOf": [*channel_events, _event("custom", {"oneOf": custom_events}), *replies]
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Querent protocol",
        "description": "WebSocket frames. See docs/reference/protocol.md.",
        "anyOf": [{"$ref": "#/$defs/inbound"}, {"$ref": "#/$defs/outbound"}],
        "$defs": definitions,
    }


def asyncapi() -> Schema:
    """Build the AsyncAPI 3 description of the WebSocket; its frames refer to `protocol.json`."""
    directions = {"command": "inbound", "event": "outbound"}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Querent",
            "version": VERSION,
            "description": "Ask a SQL database over a WebSocket. See docs/reference/protocol.md.",
        },
        "servers": {"local": {"host": "127.0.0.1:8000", "protocol": "ws"}},
        "channels": {
            "conversation": {
                "address": EVENTS_PATH,
                "parameters": {
                    "thread_id": {"description": "Id of the conversation; `POST /threads` creates one."}
                },
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in directions},
            }
        },
        "operations": {
            "sendCommand": _operation("receive", "command", "Commands from the client."),
            "receiveEvent": _operation("send", "event", "Replies and events from the service."),
        },
        "components": {
            "messages": {
                name: {
                    "contentType": "application/json",
                    "payload": {"$ref": f"protocol.json#/$defs/{direction}"},
                }
                for name, direction in directions.items()
            }
        },
    }


def render_schema_files() -> Mapping[str, str]:
    """Return the content of each schema file by its name."""
    schemas = dict(zip(SCHEMA_FILES, (protocol_schema(), asyncapi()), strict=True))
    return {name: json.dumps(schema, indent=1, ensure_ascii=False) + "\n" for name, schema in schemas.items()}


def routes() -> list[Route]:
    """Return the routes that serve the schema files."""
    return [Route(f"/{name}", _serve_file(SCHEMA_DIR / name)) for name in SCHEMA_FILES]


def _serve_file(path: Path) -> Any:
    async def serve(request: Request) -> Response:
        return FileResponse(path, media_type="application/json")

    return serve


def _operation(action: str, message: str, summary: str) -> Schema:
    channel = "#/channels/conversation"
    return {
        "action": action,
        "summary": summary,
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{message}"}],
    }


def _command(method: str, model: type[BaseModel], definitions: Schema) -> Schema:
    return {
        "type": "object",
        "title": method,
        "description": _description(model),
        "properties": {
            "id": {"type": "integer", "minimum": 0},
            "type": {"const": "command"},
            "method": {"const": method},
            "params": _ref(model, definitions, "validation"),
        },
        "required": ["id", "method"],
        "additionalProperties": False,
    }


def _event(method: str, data: Schema) -> Schema:
    """Build the schema of the events of a method from that of `EventFrame`."""
    schema = EventFrame.model_json_schema(mode="serialization")
    params = schema.pop("$defs")[EventParams.__name__]
    properties = {
        **schema["properties"],
        "method": {"const": method},
        "params": {**params, "properties": {**params["properties"], "data": data}},
    }
    return {**schema, "title": method, "properties": properties}


def _custom_event(name: str, payload: Schema) -> Schema:
    return {
        "type": "object",
        "title": name,
        "properties": {"name": {"const": name}, "payload": payload},
        "required": ["name", "payload"],
        "additionalProperties": False,
    }


def _ref(
    type_: type[Any], definitions: Schema, mode: Literal["validation", "serialization"] = "serialization"
) -> Schema:
    """Add the schema of a type to the definitions and return a reference to it."""
    schema = TypeAdapter(type_).json_schema(ref_template="#/$defs/{model}", mode=mode)
    definitions.update(schema.pop("$defs", {}))
    definitions[type_.__name__] = {**schema, "description": _description(type_)}
    return {"$ref": f"#/$defs/{type_.__name__}"}


def _description(type_: type[Any]) -> str:
    return " ".join((inspect.getdoc(type_) or "").split())

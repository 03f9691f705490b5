"""The wire for programs: a JSON Schema of every frame, and an AsyncAPI page, both made from the models."""

import inspect
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, TypeAdapter
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from graph.events import NAMES
from graph.steps.interrupts import Decision
from transport.protocol.commands import COMMANDS
from transport.protocol.events import TOLD, Failure, Success
from transport.version import VERSION

FOLDER = Path(__file__).parent / "schemas"
FILES = ("protocol.json", "asyncapi.json")
ADDRESS = "/threads/{thread_id}/stream/events"
Schema = dict[str, Any]


def protocol_schema() -> Schema:
    """Describe every frame: `#/$defs/inbound` is what comes in, `#/$defs/outbound` what goes out."""
    definitions: Schema = {}
    commands = [_command(method, model, definitions) for method, model in COMMANDS.items()]
    events = [_event(method, _ref(model, definitions)) for method, model in TOLD.items()]
    custom = [_named(name, _ref(kind, definitions)) for kind, name in NAMES.items()]
    replies = [_ref(model, definitions) for model in (Success, Failure)]
    definitions["Decision"] = definitions.get("Decision") or TypeAdapter(Decision).json_schema()
    definitions["inbound"] = {"oneOf": commands}
    definitions["outbound"] = {"anyOf": [*events, _event("custom", {"oneOf": custom}), *replies]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Querent's wire",
        "description": "Frames on the WebSocket. See PROTOCOL.md.",
        "anyOf": [{"$ref": "#/$defs/inbound"}, {"$ref": "#/$defs/outbound"}],
        "$defs": definitions,
    }


def asyncapi() -> Schema:
    """Describe the socket as AsyncAPI 3 does; the frames are those of `protocol.json`."""
    sides = {"command": "inbound", "told": "outbound"}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Querent",
            "version": VERSION,
            "description": "Plain questions to a SQL database, over a WebSocket. See PROTOCOL.md.",
        },
        "servers": {"here": {"host": "127.0.0.1:8000", "protocol": "ws"}},
        "channels": {
            "conversation": {
                "address": ADDRESS,
                "parameters": {"thread_id": {"description": "The conversation: `POST /threads` makes one."}},
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in sides},
            }
        },
        "operations": {
            "say": _operation("receive", "command", "Commands, from the client."),
            "hear": _operation("send", "told", "Replies and events, from the service."),
        },
        "components": {
            "messages": {
                name: {"contentType": "application/json", "payload": {"$ref": f"protocol.json#/$defs/{side}"}}
                for name, side in sides.items()
            }
        },
    }


def described() -> Mapping[str, str]:
    """Give the files as they should be."""
    made = dict(zip(FILES, (protocol_schema(), asyncapi()), strict=True))
    return {name: json.dumps(schema, indent=1, ensure_ascii=False) + "\n" for name, schema in made.items()}


def routes() -> list[Route]:
    """Say where the files can be had."""
    return [Route(f"/{name}", _showing(FOLDER / name)) for name in FILES]


def _showing(path: Path) -> Any:
    async def show(request: Request) -> Response:
        return FileResponse(path, media_type="application/json")

    return show


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
        "description": _promise(model),
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
    return {
        "type": "object",
        "title": method,
        "properties": {
            "type": {"const": "event"},
            "event_id": {"type": "string"},
            "seq": {"type": "integer", "minimum": 0},
            "method": {"const": method},
            "params": {
                "type": "object",
                "properties": {
                    "namespace": {"type": "array", "maxItems": 0},
                    "timestamp": {"type": "integer"},
                    "data": data,
                },
                "required": ["namespace", "timestamp", "data"],
                "additionalProperties": False,
            },
        },
        "required": ["type", "event_id", "seq", "method", "params"],
        "additionalProperties": False,
    }


def _named(name: str, payload: Schema) -> Schema:
    return {
        "type": "object",
        "title": name,
        "properties": {"name": {"const": name}, "payload": payload},
        "required": ["name", "payload"],
        "additionalProperties": False,
    }


def _ref(
    kind: type[Any], definitions: Schema, mode: Literal["validation", "serialization"] = "serialization"
) -> Schema:
    """Put the schema of a kind among the definitions and point to it."""
    schema = TypeAdapter(kind).json_schema(ref_template="#/$defs/{model}", mode=mode)
    definitions.update(schema.pop("$defs", {}))
    definitions[kind.__name__] = {**schema, "description": _promise(kind)}
    return {"$ref": f"#/$defs/{kind.__name__}"}


def _promise(kind: type[Any]) -> str:
    return " ".join((inspect.getdoc(kind) or "").split())

"""Generated tables of the streaming protocol: commands, channels, custom events and error codes."""

import inspect
from dataclasses import fields
from typing import Any, get_args

from pydantic import BaseModel

from graph.errors import RunErrorCode
from graph.events import EVENT_NAMES
from scripts.markdown import table
from transport.protocol.commands import COMMANDS, UNSUPPORTED_METHODS
from transport.protocol.encoding import METHODS
from transport.protocol.errors import ERROR_MAPPINGS


def commands() -> str:
    """Render every command with its parameters."""
    rows = [(f"`{method}`", _parameters(model), _summary(model)) for method, model in COMMANDS.items()]
    unsupported = ", ".join(f"`{method}`" for method in sorted(UNSUPPORTED_METHODS))
    return (
        table(("Command", "Parameters", "Description"), rows)
        + f"\nThese methods of the protocol return `not_supported`: {unsupported}.\n"
    )


def channels() -> str:
    """Render the `method` of each channel's events."""
    return table(
        ("Channel", "`method` of its events"),
        [(f"`{channel}`", f"`{method}`") for channel, method in METHODS.items()],
    )


def custom_events() -> str:
    """Render every event of the channel `custom`."""
    rows = [
        (f"`{name}`", ", ".join(f"`{field.name}`" for field in fields(kind)), _summary(kind))
        for kind, name in EVENT_NAMES.items()
    ]
    return table(("Name", "Payload", "Description"), rows)


def error_codes() -> str:
    """Render every error code of commands and requests."""
    rows = [
        (f"`{code}`", f"`{mapping.protocol_error}`", str(mapping.status))
        for code, mapping in ERROR_MAPPINGS.items()
    ]
    return table(("`code`", "`error` (protocol)", "HTTP status"), rows)


def run_error_codes() -> str:
    """Render the error codes of failed runs."""
    return "".join(f"* `{code}`\n" for code in get_args(RunErrorCode))


def _parameters(model: type[BaseModel]) -> str:
    return ", ".join(
        f"`{name}`" + ("" if field.is_required() else "?") for name, field in model.model_fields.items()
    )


def _summary(kind: type[Any]) -> str:
    return " ".join((inspect.getdoc(kind) or "").split())

"""The parts of PROTOCOL.md that are made from the code of the wire."""

import inspect
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any, get_args

from pydantic import BaseModel

from graph.events import NAMES
from graph.runs.errors import FaultCode as RunFaultCode
from transport.protocol.commands import COMMANDS, LEFT_OUT
from transport.protocol.encoding import METHODS
from transport.protocol.errors import KINDS


def commands() -> str:
    """Every command with its parameters."""
    rows = [(f"`{method}`", _parameters(model), _promise(model)) for method, model in COMMANDS.items()]
    left_out = ", ".join(f"`{method}`" for method in sorted(LEFT_OUT))
    return (
        _table(("command", "params", "what it does"), rows)
        + f"\nAnswered with `not_supported`: {left_out}.\n"
    )


def channels() -> str:
    """What each channel's events are called."""
    return _table(
        ("channel", "`method` of its events"),
        [(f"`{channel}`", f"`{method}`") for channel, method in METHODS.items()],
    )


def events() -> str:
    """Every event of the channel `custom`."""
    rows = [
        (f"`{name}`", ", ".join(f"`{field.name}`" for field in fields(kind)), _promise(kind))
        for kind, name in NAMES.items()
    ]
    return _table(("name", "payload", "when"), rows)


def faults() -> str:
    """Every code of an answer that says no."""
    rows = [(f"`{code}`", f"`{kind.error}`", str(kind.status)) for code, kind in KINDS.items()]
    of_runs = ", ".join(f"`{code}`" for code in get_args(RunFaultCode))
    return (
        _table(("`code`", "`error` (the protocol's)", "HTTP"), rows)
        + f"\nA run that fails says one of: {of_runs}.\n"
    )


def _parameters(model: type[BaseModel]) -> str:
    return ", ".join(
        f"`{name}`" + ("" if field.is_required() else "?") for name, field in model.model_fields.items()
    )


def _promise(kind: type[Any]) -> str:
    return " ".join((inspect.getdoc(kind) or "").split())


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines) + "\n"

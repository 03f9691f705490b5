"""What several commands have in common at the terminal."""

import json
from typing import Annotated, Any

import typer
from rich.console import Console

from graph.settings import Settings
from transport.cli.runtime import read_settings
from transport.logs import set_up_logs

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
Database = Annotated[str | None, typer.Option(help="The name of a connection, where there are several.")]


def begin() -> Settings:
    """Read the settings, and keep quiet about everything that goes well."""
    settings = read_settings()
    set_up_logs("DEBUG" if settings.log_level == "DEBUG" else "WARNING")
    return settings


def console() -> Console:
    """Where people are told what goes on; results go to the standard output."""
    return Console(stderr=True)


def print_json(value: Any) -> None:
    """Print a result for a script."""
    typer.echo(json.dumps(value, default=str))

"""`querent guard`."""
# ruff: noqa: PLC0415 – what a command needs is imported when it is called

import sys
from pathlib import Path
from typing import Annotated

import typer

from transport.commands.options import print_json

guard = typer.Typer(help="The judge of queries.", no_args_is_help=True)


@guard.callback()
def group() -> None:
    """The judge of queries."""


@guard.command("check")
def check_queries(
    catalog: Annotated[Path, typer.Option(help="A JSON file that names the tables and their columns.")],
    dialect: Annotated[str, typer.Option(help="The dialect of the queries.")] = "postgres",
) -> None:
    """Judge one query a line from the standard input, bare or as JSON; print one verdict a line."""
    from transport.commands.guarding import check

    for verdict in check(sys.stdin, dialect, catalog):
        print_json(verdict)

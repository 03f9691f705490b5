"""`querent guard`."""
# ruff: noqa: PLC0415 – what a command needs is imported when it is called

import sys
from pathlib import Path
from typing import Annotated

import typer

from transport.cli.output import print_json

Role = Annotated[str, typer.Option(help="The role that asks.")]
Claims = Annotated[list[str] | None, typer.Option(help="A claim of who asks, name=value; repeatable.")]

guard = typer.Typer(help="The judge of queries.", no_args_is_help=True)


@guard.callback()
def group() -> None:
    """The judge of queries."""


@guard.command("check")
def check_queries(
    catalog: Annotated[Path, typer.Option(help="A JSON file that names the tables and their columns.")],
    dialect: Annotated[str, typer.Option(help="The dialect of the queries.")] = "postgres",
    policy: Annotated[
        Path | None, typer.Option(help="A policy file; its rules are put into what passes.")
    ] = None,
    role: Annotated[str, typer.Option(help="The role that asks.")] = "default",
    claim: Annotated[
        list[str] | None, typer.Option(help="A claim of who asks, name=value; repeatable.")
    ] = None,
) -> None:
    """Judge one query a line from the standard input, bare or as JSON; print one verdict a line."""
    from transport.cli.guard_actions import Somebody, check

    asker = Somebody(policy, role, tuple(claim or ())) if policy else None
    for verdict in check(sys.stdin, dialect, catalog, asker):
        print_json(verdict)

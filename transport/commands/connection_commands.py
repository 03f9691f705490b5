"""`querent connections`."""
# ruff: noqa: PLC0415 – what a command needs is imported when it is called

import sys
from typing import Annotated

import typer

from transport.commands.options import AsJson, begin, console, print_json
from transport.commands.setting_up import run

connections = typer.Typer(help="The databases that may be asked.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The name of the connection.")]


@connections.command("add")
def add_connection(
    name: Name,
    url: Annotated[
        str, typer.Argument(help="postgresql://… or sqlite:///…; - reads it from the standard input.")
    ],
    description: Annotated[str, typer.Option(help="What is in there, for people.")] = "",
    as_json: AsJson = False,
) -> None:
    """Let a database be asked: look at it, and draw its map."""
    from transport.commands import mapping

    # Whatever stands on a command line can be read by others on this machine.
    address = sys.stdin.readline().strip() if url == "-" else url
    report = run(mapping.add(begin(), mapping.Wish(name, address, description), console()))
    if as_json:
        print_json({"connection": name, **mapping.as_plain(report)})
    else:
        typer.echo(f"{name}: {mapping.in_words(report)}")


@connections.command("list")
def list_connections(as_json: AsJson = False) -> None:
    """Name the databases that may be asked. Their addresses are kept secret."""
    from transport.commands import mapping

    known = run(mapping.list_all(begin(), console()))
    rows = [{"name": each.name, "dialect": each.dialect, "description": each.description} for each in known]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        typer.echo(f"{row['name']}  {row['dialect']}  {row['description']}".rstrip())


@connections.command("test")
def try_connection(name: Name, as_json: AsJson = False) -> None:
    """Connect to a database and count the tables that can be seen."""
    from transport.commands import mapping

    count = run(mapping.count_tables(begin(), name, console()))
    if as_json:
        print_json({"connection": name, "tables": count})
    else:
        typer.echo(f"{name} answers; it shows {count} tables.")


@connections.command("remove")
def remove_connection(
    name: Name, yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether it is meant.")] = False
) -> None:
    """Let a database be asked no more, and forget its map."""
    from transport.commands import mapping

    if not yes:
        typer.confirm(f"Forget the connection {name!r} and its map?", abort=True, err=True)
    run(mapping.remove(begin(), name, console()))

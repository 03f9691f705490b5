"""`querent connections`."""
# ruff: noqa: PLC0415, PLR0913, PLR0917 – what a command needs is imported when it is called; options are arguments

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from transport.cli.output import AsJson, begin, console, print_json
from transport.cli.runtime import Unusable, run

if TYPE_CHECKING:
    from store.targets.address import Address

connections = typer.Typer(help="The databases that may be asked.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The name of the connection.")]
Values = Annotated[
    bool,
    typer.Option(
        "--values/--no-values",
        help="Without values none is sampled or kept, and no row goes to a language model.",
    ),
]


@connections.command("add")
def add_connection(
    name: Name,
    url: Annotated[
        str | None,
        typer.Argument(help="postgresql://…, mysql://…, sqlite:///… or duckdb:///…; - reads it from stdin."),
    ] = None,
    part: Annotated[
        list[str] | None,
        typer.Option(
            help="In the place of the URL, NAME=VALUE: engine, host, port, user, password (- reads it from"
            " stdin), database, role, tls (a mode of libpq), ca, cert, key (files); or engine and file."
        ),
    ] = None,
    description: Annotated[str, typer.Option(help="What is in there, for people.")] = "",
    values: Values = True,
    as_json: AsJson = False,
) -> None:
    """Let a database be asked: look at it, and draw its map."""
    from graph.admin.schema_sync import as_plain
    from transport.cli import schema_actions

    address = _read_address(url, part or [])
    report = run(
        schema_actions.add(begin(), schema_actions.Wish(name, address, description, values), console())
    )
    if as_json:
        print_json({"connection": name, **as_plain(report)})
    else:
        typer.echo(f"{name}: {schema_actions.in_words(report)}")


def _read_address(url: str | None, parts: list[str]) -> "Address":
    """Read what was typed. Raises `Unusable`, `BadConnection`."""
    from store.targets.address_input import read_parts
    from store.targets.address_url import read_address

    if (url is None) != bool(parts):
        raise Unusable("Give the address of the database: a URL, or its parts.")
    if url is not None:
        return read_address(_typed(url))
    if not all("=" in part for part in parts):
        raise Unusable("A part of an address is written NAME=VALUE.")
    named = dict(part.split("=", 1) for part in parts)
    return read_parts({key: _typed(value) if key == "password" else value for key, value in named.items()})


def _typed(given: str) -> str:
    """What stands on a command line can be read by others on this machine; the standard input cannot."""
    return sys.stdin.readline().rstrip("\r\n") if given == "-" else given


@connections.command("change")
def change_connection(name: Name, values: Values, as_json: AsJson = False) -> None:
    """Say whether values of a database may be told. Its map is drawn again."""
    from graph.admin.schema_sync import as_plain
    from transport.cli import schema_actions

    report = run(schema_actions.change(begin(), name, values, console()))
    if as_json:
        print_json({"connection": name, "tells_values": values, **as_plain(report)})
    else:
        typer.echo(f"{name}: {schema_actions.in_words(report)}")


@connections.command("rotate-key")
def rotate_key(as_json: AsJson = False) -> None:
    """Put a new key in force that seals the credentials of all connections."""
    from transport.cli import schema_actions

    count = run(schema_actions.change_key(begin(), console()))
    if as_json:
        print_json({"rewrapped": count})
    else:
        typer.echo(f"A new key is in force; {count} connections are sealed with it.")


@connections.command("list")
def list_connections(as_json: AsJson = False) -> None:
    """Name the databases that may be asked. Their addresses are kept secret."""
    from transport.cli import schema_actions

    known = run(schema_actions.list_all(begin(), console()))
    if as_json:
        print_json(
            [
                {
                    "name": each.name,
                    "dialect": each.dialect,
                    "description": each.description,
                    "tells_values": each.tells_values,
                }
                for each in known
            ]
        )
        return
    for each in known:
        kept_back = "" if each.tells_values else "[no values]"
        typer.echo("  ".join(filter(None, (each.name, each.dialect, each.description, kept_back))))


@connections.command("test")
def try_connection(name: Name, as_json: AsJson = False) -> None:
    """Connect to a database and count the tables that can be seen."""
    from transport.cli import schema_actions

    count = run(schema_actions.count_tables(begin(), name, console()))
    if as_json:
        print_json({"connection": name, "tables": count})
    else:
        typer.echo(f"{name} answers; it shows {count} tables.")


@connections.command("remove")
def remove_connection(
    name: Name, yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether it is meant.")] = False
) -> None:
    """Let a database be asked no more, and forget its map."""
    from transport.cli import schema_actions

    if not yes:
        typer.confirm(f"Forget the connection {name!r} and its map?", abort=True, err=True)
    run(schema_actions.remove(begin(), name, console()))

"""`querent connections`: add, change, list, test and remove databases."""
# ruff: noqa: PLC0415, PLR0913, PLR0917 – imported when a command runs; each option is a parameter

import sys
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Annotated, Any

import typer

from transport.cli.runtime import AsJson, UsageError, print_json, read_settings, run_with_components

if TYPE_CHECKING:
    from graph.compose import Components
    from store.maps.syncs import SchemaSync
    from store.targets.address import TargetAddress

connections = typer.Typer(help="Manage the databases that can be queried.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Name of the connection.")]
ShareValues = Annotated[
    bool,
    typer.Option(
        "--share-values/--no-share-values",
        help="Whether values may be sampled and indexed, and rows sent to a language model.",
    ),
]


@connections.command("add")
def add_connection(
    name: Name,
    url: Annotated[
        str | None,
        typer.Argument(
            help="postgresql://…, mysql://…, sqlite:///… or duckdb:///…; - reads it from standard input."
        ),
    ] = None,
    part: Annotated[
        list[str] | None,
        typer.Option(
            help="Instead of a URL, NAME=VALUE: engine, host, port, user, password (- reads it from standard"
            " input), database, role, tls (a libpq mode), ca, cert, key (files); or engine and file."
        ),
    ] = None,
    description: Annotated[str, typer.Option(help="Description of the database, for users.")] = "",
    share_values: ShareValues = True,
    as_json: AsJson = False,
) -> None:
    """Add a database: test the connection, store it, and index its schema."""
    from graph.admin.connections import NewConnection

    new = NewConnection(name, _read_address(url, part or []), description, share_values)

    async def add(components: "Components") -> "SchemaSync":
        return (await components.admin.connections.add(new)).sync

    _sync_and_print(add, as_json)


def _read_address(url: str | None, parts: list[str]) -> "TargetAddress":
    """Parse the address of a database. Raises `UsageError`, `InvalidConnection`."""
    from store.targets.address import parse_address
    from store.targets.address_input import parse_address_parts

    if (url is None) != bool(parts):
        raise UsageError("Give the address of the database either as a URL or in parts.")
    if url is not None:
        return parse_address(_read_secret(url))
    if not all("=" in part for part in parts):
        raise UsageError("Write each part of the address as NAME=VALUE.")
    values = dict(part.split("=", 1) for part in parts)
    return parse_address_parts(
        {name: _read_secret(value) if name == "password" else value for name, value in values.items()}
    )


def _read_secret(argument: str) -> str:
    """Read standard input for `-`: other users of the machine can read command lines."""
    return sys.stdin.readline().rstrip("\r\n") if argument == "-" else argument


@connections.command("change")
def change_connection(name: Name, share_values: ShareValues, as_json: AsJson = False) -> None:
    """Change whether the values of a database are shared, and sync its schema."""

    def change(components: "Components") -> "Coroutine[Any, Any, SchemaSync]":
        return components.admin.connections.set_share_values(name, share_values)

    _sync_and_print(change, as_json)


def _sync_and_print(start: "Callable[[Components], Coroutine[Any, Any, SchemaSync]]", as_json: bool) -> None:
    """Start a sync, wait until it has finished, and print its report. Exit code 1 if it failed."""
    from transport.cli.schema import print_syncs, wait_for_sync

    async def sync(components: "Components") -> "SchemaSync":
        return await wait_for_sync(components.admin.schema_sync, await start(components))

    print_syncs([run_with_components(sync)], as_json)


@connections.command("rotate-key")
def rotate_key(as_json: AsJson = False) -> None:
    """Rotate the key that encrypts the credentials of all connections."""
    from graph.admin.connections import rotate_key

    settings = read_settings()
    secret_key = settings.secret_key.get_secret_value() if settings.secret_key else None
    count = run_with_components(
        lambda components: rotate_key(components.connections, settings.data, secret_key)
    )
    if as_json:
        print_json({"rewrapped": count})
    else:
        typer.echo(f"Rotated the encryption key of {count} connections.")


@connections.command("list")
def list_connections(as_json: AsJson = False) -> None:
    """List the databases that can be queried. Their addresses are not shown."""
    stored = run_with_components(lambda components: components.connections.all())
    if as_json:
        print_json(
            [
                {
                    "name": connection.name,
                    "dialect": connection.dialect,
                    "description": connection.description,
                    "share_values": connection.share_values,
                }
                for connection in stored
            ]
        )
        return
    for connection in stored:
        marker = "" if connection.share_values else "[values not shared]"
        columns = (connection.name, connection.dialect, connection.description, marker)
        typer.echo("  ".join(filter(None, columns)))


@connections.command("test")
def try_connection(name: Name, as_json: AsJson = False) -> None:
    """Connect to a database and count its visible tables."""
    count = run_with_components(lambda components: components.admin.connections.test(name))
    if as_json:
        print_json({"connection": name, "tables": count})
    else:
        typer.echo(f"{name} is reachable; {count} tables are visible.")


@connections.command("remove")
def remove_connection(
    name: Name, yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False
) -> None:
    """Remove a connection and its schema index."""
    if not yes:
        typer.confirm(f"Remove the connection {name!r} and its schema index?", abort=True, err=True)
    run_with_components(lambda components: components.admin.connections.remove(name))

"""The command line: `querent`."""

from typing import Annotated

import typer

from transport.commands.asking import ask_command
from transport.commands.connections import connections
from transport.commands.mapping import maps
from transport.commands.odds import guard, migrate_command, sample_command
from transport.commands.serving import serve_command
from transport.version import VERSION

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Ask a SQL database in plain language. Settings come from the environment: QUERENT_…",
)
app.command("serve")(serve_command)
app.command("ask")(ask_command)
app.command("sample")(sample_command)
app.command("migrate")(migrate_command)
app.add_typer(connections, name="connections")
app.add_typer(maps, name="map")
app.add_typer(guard, name="guard")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"querent {VERSION}")
        raise typer.Exit


@app.callback()
def querent(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Ask a SQL database in plain language. Settings come from the environment: QUERENT_…"""


def main() -> None:
    """Run the command that was typed."""
    app()

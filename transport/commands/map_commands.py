"""`querent map`."""
# ruff: noqa: PLC0415 – what a command needs is imported when it is called

from typing import Annotated

import typer

from transport.commands.options import AsJson, Database, begin, console, print_json
from transport.commands.setting_up import run

maps = typer.Typer(help="What is known about the databases.", no_args_is_help=True)


@maps.command("sync")
def sync_maps(
    name: Annotated[str | None, typer.Argument(help="One connection; all of them if none is named.")] = None,
    as_json: AsJson = False,
) -> None:
    """Bring the map of a database up to date."""
    from transport.commands import mapping

    for each, report in run(mapping.sync(begin(), name, console())).items():
        if as_json:
            print_json({"connection": each, **mapping.as_plain(report)})
        else:
            typer.echo(f"{each}: {mapping.in_words(report)}")


@maps.command("find")
def find_in_map(
    question: Annotated[str, typer.Argument(help="The question, in plain words.")],
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Show what the map has to say to a question: tables, and values that it names."""
    from transport.commands import mapping

    found = run(mapping.find(begin(), question, database, console()))
    if as_json:
        print_json(found)
        return
    for page in found["pages"]:
        typer.echo(f"{page['text']}\n")
    for value in found["values"]:
        typer.echo(f"{value['words']!r}: {value['table']}.{value['column']} = {value['value']!r}")

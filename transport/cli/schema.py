"""`querent map`."""
# ruff: noqa: PLC0415 – what a command needs is imported when it is called

from typing import Annotated

import typer

from transport.cli.output import AsJson, Database, begin, console, print_json
from transport.cli.relations import relations
from transport.cli.runtime import Unusable, run

maps = typer.Typer(help="What is known about the databases.", no_args_is_help=True)
maps.add_typer(relations, name="relations")


@maps.command("sync")
def sync_maps(
    name: Annotated[str | None, typer.Argument(help="One connection; all of them if none is named.")] = None,
    full: Annotated[bool, typer.Option("--full", help="Look at everything again, changed or not.")] = False,
    cancel: Annotated[bool, typer.Option("--cancel", help="Stop the sync that is under way.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring the map of a database up to date: only what has changed, unless told otherwise."""
    from transport.cli import schema_actions, sync_actions

    if cancel and name is None:
        raise Unusable("Say which connection's sync to stop.")
    if cancel and name is not None:
        ended = [run(sync_actions.cancel(begin(), name, console()))]
    else:
        ended = run(sync_actions.sync(begin(), name, console(), full=full))
    for each in ended:
        if as_json:
            print_json({"connection": each.connection, "status": each.status, **(each.report or {})})
        elif each.report is not None:
            typer.echo(f"{each.connection}: {schema_actions.in_words(each.report)}")
        else:
            typer.echo(f"{each.connection}: {each.error or each.status}")
    if not cancel and any(each.status != "done" for each in ended):
        raise typer.Exit(1)


@maps.command("find")
def find_in_map(
    question: Annotated[str, typer.Argument(help="The question, in plain words.")],
    database: Database = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show why, table by table.")] = False,
    budget: Annotated[int, typer.Option(min=1, help="How many tokens the pages may take.")] = 1_500,
    as_json: AsJson = False,
) -> None:
    """Show what the map has to say to a question: tables, and values that it names."""
    from transport.cli import schema_actions

    wish = schema_actions.Search(question, database, budget, explain)
    found = run(schema_actions.find(begin(), wish, console()))
    if as_json:
        print_json(found)
        return
    for line in schema_actions.explained(found) if explain else schema_actions.shown(found):
        typer.echo(line)


@maps.command("show")
def show_page(
    table: Annotated[str, typer.Argument(help="The table, as a query would name it.")],
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Show the page of a table, as a language model reads it."""
    from transport.cli import schema_actions

    page = run(schema_actions.page(begin(), table, database, console()))
    print_json(page) if as_json else typer.echo(page["text"])

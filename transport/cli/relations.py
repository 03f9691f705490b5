"""`querent map relations`."""
# ruff: noqa: PLC0415 – what a command needs is imported when it is called

from typing import Annotated

import typer

from transport.cli.output import AsJson, Database, begin, console, print_json
from transport.cli.runtime import run

relations = typer.Typer(help="How tables belong together.", no_args_is_help=True)

Column = Annotated[str, typer.Argument(help="The column that points, as table.column.")]
Other = Annotated[str, typer.Argument(help="The column it points at, as table.column.")]


@relations.command("list")
def list_relations(database: Database = None, as_json: AsJson = False) -> None:
    """List the relationships of tables: those that are declared, and those that are guessed."""
    from transport.cli import relation_actions

    found = run(relation_actions.list_all(begin(), database, console()))
    if as_json:
        print_json(found)
        return
    for each in found:
        typer.echo(f"{each['column']} -> {each['other']}{'  (guessed)' if each['guessed'] else ''}")


@relations.command("confirm")
def confirm_relation(column: Column, other: Other, database: Database = None) -> None:
    """Say that a column points at another: from now on it counts as declared."""
    from transport.cli import relation_actions

    told = run(
        relation_actions.decide(
            begin(), relation_actions.Decision(column, other, "confirm"), database, console()
        )
    )
    typer.echo(f"{told['column']} -> {told['other']}: confirmed.")


@relations.command("refuse")
def refuse_relation(column: Column, other: Other, database: Database = None) -> None:
    """Say that a column does not point at another: it is not guessed again."""
    from transport.cli import relation_actions

    told = run(
        relation_actions.decide(
            begin(), relation_actions.Decision(column, other, "refuse"), database, console()
        )
    )
    typer.echo(f"{told['column']} -> {told['other']}: refused.")

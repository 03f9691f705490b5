"""`querent schema relations`: list foreign keys, and accept or reject inferred ones."""
# ruff: noqa: PLC0415 – imported when a command runs

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from transport.cli.runtime import AsJson, Database, console, print_json, run_with_components

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graph.admin.relations import Relation
    from graph.compose import Components

relations = typer.Typer(help="Manage the relationships between tables.", no_args_is_help=True)

Column = Annotated[str, typer.Argument(help="Referencing column, as table.column.")]
References = Annotated[str, typer.Argument(help="Referenced column, as table.column.")]


@relations.command("list")
def list_relations(database: Database = None, as_json: AsJson = False) -> None:
    """List the declared and the inferred relationships."""

    async def list_all(components: "Components") -> "Sequence[Relation]":
        from graph.admin.databases import find_connection

        connection = await find_connection(components.connections, database)
        return await components.admin.relations.list(connection)

    stored = run_with_components(list_all)
    if as_json:
        print_json([asdict(relation) for relation in stored])
        return
    for relation in stored:
        suffix = "  (inferred)" if relation.inferred else ""
        typer.echo(f"{relation.column} -> {relation.references}{suffix}")


@relations.command("accept")
def accept_relation(column: Column, references: References, database: Database = None) -> None:
    """Accept an inferred relationship: treat it as declared."""

    async def accept(components: "Components") -> "Relation":
        from graph.admin.databases import find_connection
        from transport.cli.progress import progress_bar

        connection = await find_connection(components.connections, database)
        with progress_bar(console(), f"Syncing {connection.name}") as progress:
            return await components.admin.relations.accept(connection, column, references, progress)

    relation = run_with_components(accept)
    typer.echo(f"Accepted: {relation.column} -> {relation.references}")


@relations.command("reject")
def reject_relation(column: Column, references: References, database: Database = None) -> None:
    """Reject an inferred relationship: do not infer it again."""

    async def reject(components: "Components") -> "Relation":
        from graph.admin.databases import find_connection
        from transport.cli.progress import progress_bar

        connection = await find_connection(components.connections, database)
        with progress_bar(console(), f"Syncing {connection.name}") as progress:
            return await components.admin.relations.reject(connection, column, references, progress)

    relation = run_with_components(reject)
    typer.echo(f"Rejected: {relation.column} -> {relation.references}")

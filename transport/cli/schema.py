"""`querent schema`: sync, search and show the schema maps of the databases."""

# ruff: noqa: PLC0415 – imported when a command runs

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from transport.cli.runtime import AsJson, Database, console, print_json, run_with_components

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graph.admin.relations import Relation
    from graph.compose import Components
# ruff: noqa: PLC0415 – imported when a command runs

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from transport.cli.runtime import UsageError

if TYPE_CHECKING:
    from graph.admin.schema_sync import SchemaSyncService
    from graph.compose import Components
    from store.maps.syncs import SchemaSync


relations = typer.Typer(help="Manage the relationships between tables.", no_args_is_help=True)

Column = Annotated[str, typer.Argument(help="Referencing column, as table.column.")]
References = Annotated[str, typer.Argument(help="Referenced column, as table.column.")]


@relations.command("list")
def list_relations(database: Database = None, as_json: AsJson = False) -> None:
    """List the declared and the inferred relationships."""

    async def list_all(components: "Components") -> "Sequence[Relation]":
        from graph.admin.schema_sync import find_connection

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
        from graph.admin.schema_sync import find_connection
        from transport.cli.runtime import progress_bar

        connection = await find_connection(components.connections, database)
        with progress_bar(console(), f"Syncing {connection.name}") as progress:
            return await components.admin.relations.accept(connection, column, references, progress)

    relation = run_with_components(accept)
    typer.echo(f"Accepted: {relation.column} -> {relation.references}")


@relations.command("reject")
def reject_relation(column: Column, references: References, database: Database = None) -> None:
    """Reject an inferred relationship: do not infer it again."""

    async def reject(components: "Components") -> "Relation":
        from graph.admin.schema_sync import find_connection
        from transport.cli.runtime import progress_bar

        connection = await find_connection(components.connections, database)
        with progress_bar(console(), f"Syncing {connection.name}") as progress:
            return await components.admin.relations.reject(connection, column, references, progress)

    relation = run_with_components(reject)
    typer.echo(f"Rejected: {relation.column} -> {relation.references}")


schema = typer.Typer(help="Index and search the schemas of the databases.", no_args_is_help=True)
schema.add_typer(relations, name="relations")


@schema.command("sync")
def sync_schemas(
    name: Annotated[str | None, typer.Argument(help="Name of a connection; all of them by default.")] = None,
    full: Annotated[bool, typer.Option("--full", help="Scan unchanged tables too.")] = False,
    cancel: Annotated[bool, typer.Option("--cancel", help="Cancel the active sync.")] = False,
    as_json: AsJson = False,
) -> None:
    """Update the schema map of a database, scanning only what has changed."""
    if cancel and name is None:
        raise UsageError("Name the connection whose sync should be cancelled.")

    async def sync(components: "Components") -> "list[SchemaSync]":
        service = components.admin.schema_sync
        names = [name] if name else [connection.name for connection in await components.connections.all()]
        if cancel:
            return [await wait_for_sync(service, await service.cancel(each), work=False) for each in names]
        async with service.working():
            requested = [await service.request(each, full=full) for each in names]
            return [await wait_for_sync(service, sync, work=False) for sync in requested]

    print_syncs(run_with_components(sync), as_json, check=not cancel)


async def wait_for_sync(
    service: "SchemaSyncService", sync: "SchemaSync", *, work: bool = True
) -> "SchemaSync":
    """Wait until a sync has finished, showing its progress.

    With `work`, this process performs queued syncs meanwhile. A running server may take the sync first; if
    this process is stopped, another one resumes it.
    """
    from transport.cli.runtime import progress_bar

    async with AsyncExitStack() as stack:
        if work:
            await stack.enter_async_context(service.working())
        progress = stack.enter_context(progress_bar(console(), f"Syncing {sync.connection}"))
        return await service.wait(sync, progress)


def print_syncs(syncs: "Sequence[SchemaSync]", as_json: bool, *, check: bool = True) -> None:
    """Print finished syncs. With `check`, exit with code 1 if one is not done."""
    for sync in syncs:
        if as_json:
            print_json({"connection": sync.connection, "status": sync.status, **(sync.report or {})})
        elif sync.report is not None:
            typer.echo(f"{sync.connection}: {describe_report(sync.report)}")
        else:
            typer.echo(f"{sync.connection}: {sync.error or sync.status}")
    if check and any(sync.status != "done" for sync in syncs):
        raise typer.Exit(1)


def describe_report(report: Mapping[str, Any]) -> str:
    """Describe the report of a sync in words; `report` is JSON as stored."""
    change = "new" if report["changed"] else "unchanged"
    size = f"{report['tables']} tables, {report['columns']} columns, {report['values']} values"
    summary = f"map {report['version']} ({change}): {size}, in {report['seconds']:.1f} s"
    # In a first version everything is new, which need not be listed.
    drift = [report["drift_in_words"]] if report["changed"] and report["version"] > 1 else []
    return "\n  ".join((summary, *_describe_index(report), *drift, *report["problems"]))


def _describe_index(report: Mapping[str, Any]) -> Iterator[str]:
    """Describe the size of the index and the time it took."""
    if report["index_bytes"]:
        megabytes = report["index_bytes"] / 1e6
        yield (
            f"index: {megabytes:.1f} MB, {report['index_seconds']:.1f} s;"
            f" embeddings: {report['embedding_seconds']:.1f} s"
        )


@schema.command("find")
def find_in_schema(
    question: Annotated[str, typer.Argument(help="Question in plain language.")],
    database: Database = None,
    explain: Annotated[bool, typer.Option("--explain", help="Explain the ranking of the tables.")] = False,
    budget: Annotated[int, typer.Option(min=1, help="Maximum tokens of the table documents.")] = 1_500,
    as_json: AsJson = False,
) -> None:
    """Show the schema context of a question: tables, and values that it mentions."""

    async def find(components: "Components") -> dict[str, Any]:
        from graph.admin.schema_sync import choose_database

        name = await choose_database(components.connections, database)
        result = await components.retriever.find(question, name, budget)
        content = {"database": name, **asdict(result)}
        if explain:
            ranking = await components.retriever.explain_ranking(question, name, budget)
            content["ranking"] = [asdict(table) for table in ranking]
        return content

    content = run_with_components(find)
    if as_json:
        print_json(content)
        return
    for line in _explanation_lines(content) if explain else _context_lines(content):
        typer.echo(line)


def _context_lines(content: Mapping[str, Any]) -> Iterator[str]:
    """Format the documents and values that an analyst receives."""
    for document in content["documents"]:
        yield f"{document['text']}\n"
    for value in content["values"]:
        yield f"{value['phrase']!r}: {value['table']}.{value['column']} = {value['value']!r}"


def _explanation_lines(content: Mapping[str, Any]) -> Iterator[str]:
    """Format the ranking with its reasons, values and joins."""
    for table in content["ranking"]:
        ranks = [f"{name} {rank}" for name, rank in table["ranks"].items()]
        values = [f"values +{table['values']:.1f}"] if table["values"] else []
        rank = "–" if table["rank"] is None else str(table["rank"])
        suffix = "" if table["included"] else " [over budget]"
        yield f"{rank:>3}  {table['reason']}  ({', '.join([*ranks, *values]) or 'joins'}){suffix}"
    for value in content["values"]:
        target = f"{value['table']}.{value['column']} = {value['value']!r}"
        yield f"     {value['phrase']!r} is {target} ({value['score']:.2f})"
    for join in content["joins"]:
        key = join["key"]
        yield f"     {join['table']} ({', '.join(key['columns'])}) -> {key['referenced_table']}"
    yield f"     {len(content['documents'])} tables in {content['tokens']} tokens, map {content['version']}"


@schema.command("show")
def show_table(
    table: Annotated[str, typer.Argument(help="Name of the table, as in a query.")],
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Show the document of a table, as a language model receives it."""

    async def show(components: "Components") -> dict[str, Any]:
        from graph.admin.schema_sync import choose_database
        from schema_docs.documents.table_document import count_tokens

        name = await choose_database(components.connections, database)
        document = await components.retriever.document(table, name)
        if document is None:
            raise UsageError(f"The schema map of {name} has no table {table!r}.")
        return {"database": name, **asdict(document), "tokens": count_tokens(document.text)}

    content = run_with_components(show)
    print_json(content) if as_json else typer.echo(content["text"])

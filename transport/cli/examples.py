"""`querent examples`: manage verified questions with their SQL."""
# ruff: noqa: PLC0415 – imported when a command runs

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from store.examples import ExampleStatus, NewExample
from transport.cli.runtime import AsJson, Database, UsageError, print_json, run_with_components

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graph.compose import Components
    from schema_docs.examples.files import ParsedExamples
    from schema_docs.search.results import ExampleMatch
    from store.examples import Example

examples = typer.Typer(help="Manage verified questions with their SQL.", no_args_is_help=True)

Question = Annotated[str, typer.Argument(help="Question in plain language.")]
Numbers = Annotated[list[int], typer.Argument(help="Numbers, as shown by `examples list`.")]
Author = Annotated[str, typer.Option(help="Name of the person who vouches for the examples.")]


@examples.command("import")
def import_examples(
    path: Annotated[Path, typer.Argument(help="A .yml, .csv, .jsonl or .json file of questions with SQL.")],
    database: Database = None,
    author: Author = "operator",
    status: Annotated[
        str, typer.Option(help="Status of examples without one: verified or proposed.")
    ] = "verified",
    as_json: AsJson = False,
) -> None:
    """Import examples. Those whose SQL is rejected for the current schema are reported and left out."""
    default_status = _parse_status(status)

    async def add_all(components: "Components") -> dict[str, Any]:
        from graph.admin.schema_sync import find_connection

        parsed = await asyncio.to_thread(_read_examples, path, author, default_status)
        connection = await find_connection(components.connections, database)
        imported = await components.admin.examples.add_all(connection, parsed, path.name)
        return {"database": connection.name, **asdict(imported)}

    content = run_with_components(add_all)
    if as_json:
        print_json(content)
    else:
        for problem in content["problems"]:
            typer.echo(f"{problem['file']}, line {problem['line']}: {problem['reason']}")
        typer.echo(
            f"{content['database']}: {content['read']} read, {content['added']} added,"
            f" {content['known']} already stored, {len(content['problems'])} left out"
        )
    if content["problems"] and not content["added"] and not content["known"]:
        raise typer.Exit(1)


def _read_examples(path: Path, author: str, status: ExampleStatus) -> "ParsedExamples":
    from schema_docs.errors import NotesUnreadable
    from schema_docs.examples.files import read_examples

    try:
        return read_examples(path, author, status)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or 'cannot be read'}.") from error
    except NotesUnreadable as error:
        raise UsageError(str(error)) from error


@examples.command("add")
def add_example(
    question: Question,
    sql: Annotated[str, typer.Argument(help="SQL that answers the question.")],
    database: Database = None,
    author: Author = "operator",
    tag: Annotated[list[str] | None, typer.Option(help="Tag; can be repeated.")] = None,
) -> None:
    """Add one verified example."""

    async def add(components: "Components") -> bool:
        from graph.admin.schema_sync import find_connection

        connection = await find_connection(components.connections, database)
        example = NewExample(question, sql, author, "verified", tuple(tag or ()))
        return await components.admin.examples.add(connection, example)

    typer.echo("Added." if run_with_components(add) else "Already stored.")


@examples.command("list")
def list_examples(
    status: Annotated[str | None, typer.Option(help="Only proposed, verified or archived examples.")] = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """List examples, the newest first."""
    filter_status = _parse_status(status) if status else None

    async def list_all(components: "Components") -> "Sequence[Example]":
        from graph.admin.schema_sync import find_connection

        connection = await find_connection(components.connections, database)
        return await components.admin.examples.list(connection, filter_status)

    stored = run_with_components(list_all)
    if as_json:
        print_json([asdict(example) for example in stored])
        return
    for example in stored:
        reason = f" ({example.reason})" if example.reason else ""
        typer.echo(f"{example.id:>5}  {example.status}{reason}  {example.author}  {example.question}")
        typer.echo(f"       {example.sql}")


@examples.command("find")
def find_examples(
    question: Question,
    sql: Annotated[str | None, typer.Option(help="SQL whose structure is compared too.")] = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Find the examples that are used for a question."""

    async def find(components: "Components") -> "Sequence[ExampleMatch]":
        from graph.admin.schema_sync import choose_database

        name = await choose_database(components.connections, database)
        return await components.retriever.examples(question, name, sql)

    matches = run_with_components(find)
    if as_json:
        print_json([asdict(match) for match in matches])
        return
    for match in matches:
        typer.echo(f"{match.score:.2f}  {match.question}\n      {match.sql}")


@examples.command("verify")
def verify_examples(numbers: Numbers, database: Database = None) -> None:
    """Mark examples as verified, so that they are used for generating SQL."""

    async def verify(components: "Components") -> None:
        from graph.admin.schema_sync import find_connection

        connection = await find_connection(components.connections, database)
        await components.admin.examples.verify(connection, numbers)

    run_with_components(verify)
    typer.echo(f"Verified: {', '.join(map(str, numbers))}.")


@examples.command("archive")
def archive_examples(
    numbers: Numbers,
    reason: Annotated[str, typer.Option(help="Reason, for people.")] = "Archived by hand.",
    database: Database = None,
) -> None:
    """Archive examples: keep them, but stop using them."""

    async def archive(components: "Components") -> None:
        from graph.admin.schema_sync import find_connection

        connection = await find_connection(components.connections, database)
        await components.admin.examples.archive(connection, numbers, reason)

    run_with_components(archive)
    typer.echo(f"Archived: {', '.join(map(str, numbers))}.")


def _parse_status(text: str) -> ExampleStatus:
    match text:
        case "proposed" | "verified" | "archived":
            return text
    raise typer.BadParameter("The status must be proposed, verified or archived.")

"""`querent map`."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from graph.compose import open_parts
from graph.settings import Settings
from schema_docs.found import Found
from schema_docs.survey import SyncReport
from transport.commands.shell import out, print_json, read_settings, run, showing_progress

maps = typer.Typer(no_args_is_help=True, help="What is known about each database.")

Database = Annotated[str | None, typer.Option("--database", "-d", help="Which database.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@maps.command("sync")
def sync_command(
    name: Annotated[str | None, typer.Argument(help="Which database; all of them when left out.")] = None,
    as_json: AsJson = False,
) -> None:
    """Look at a database again, and bring its map up to date."""
    settings = read_settings("ERROR")
    reports = run(lambda: _sync(settings, name))
    if as_json:
        print_json({each: asdict(report) for each, report in reports.items()})
        return
    for each, report in reports.items():
        news = "a new version" if report.changed else "nothing new"
        out.print(
            f"{each}: {news} in {report.seconds:.1f} s: {report.tables} tables, {report.columns} columns, "
            f"{report.values} values (version {report.version}).",
            markup=False,
        )
        for problem in report.problems:
            out.print(f"  {problem}", style="yellow", markup=False)


@maps.command("find")
def find_command(
    question: Annotated[str, typer.Argument(help="A question, as somebody would ask it.")],
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Show what an analyst would be shown for a question: tables, values, and why."""
    settings = read_settings("ERROR")
    found = run(lambda: _find(settings, question, database))
    if as_json:
        print_json(_plain(found))
        return
    for page in found.pages:
        out.print(page.table, style="bold", markup=False)
    for hit in found.values:
        out.print(f"“{hit.words}” → {hit.table}.{hit.column} = {hit.value} ({hit.score:.2f})", markup=False)
    for reason in found.why:
        out.print(reason, style="dim", markup=False)


async def _sync(settings: Settings, name: str | None) -> dict[str, SyncReport]:
    with showing_progress() as progress:
        async with open_parts(settings, progress) as parts:
            known = [each.name for each in await parts.connections.all()]
            names = known if name is None else [(await parts.connections.find(name)).name]
            return {each: await parts.survey(each, progress) for each in names}


async def _find(settings: Settings, question: str, database: str | None) -> Found:
    with showing_progress() as progress:
        async with open_parts(settings, progress) as parts:
            return await parts.library.find(question, await parts.choose_database(database))


def _plain(found: Found) -> dict[str, Any]:
    return {**asdict(found), "pages": [page.table for page in found.pages]}

"""`querent notes`: import, check, list, remove and roll back notes about tables."""
# ruff: noqa: PLC0415 – imported when a command runs

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from transport.cli.runtime import AsJson, Database, UsageError, console, print_json, run_with_components

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graph.admin.notes import NotesChange
    from graph.compose import Components
    from schema_docs.notes.files import NotesFile
    from schema_docs.notes.notes import NotesReport
    from store.maps.note_sets import NoteSet

notes = typer.Typer(help="Manage curated descriptions of tables.", no_args_is_help=True)

NotesPath = Annotated[
    Path,
    typer.Argument(help="File or folder: dbt's schema.yml or manifest.json, or pages with front matter."),
]


@notes.command("import")
def import_notes(
    path: NotesPath,
    database: Database = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace all current notes.")] = False,
    as_json: AsJson = False,
) -> None:
    """Import notes beside the current ones; a file replaces the one of the same name."""

    async def add(components: "Components") -> dict[str, Any]:
        from graph.admin.schema_sync import find_connection
        from transport.cli.runtime import progress_bar

        files = await _read_notes(path)
        connection = await find_connection(components.connections, database)
        with progress_bar(console(), f"Syncing {connection.name}") as progress:
            imported = await components.admin.notes.add(connection, files, progress, replace_all=replace)
        content = _report_as_json(connection.name, files, imported.report)
        change = _change_as_json(connection.name, imported.change) if imported.change else {}
        return {**content, "imported": imported.change is not None, **change}

    content = run_with_components(add)
    _print(content, as_json)
    if not content["imported"]:
        typer.echo("Nothing was imported: fix the unreadable files first.", err=True)
        raise typer.Exit(1)


@notes.command("lint")
def lint_notes(path: NotesPath, database: Database = None, as_json: AsJson = False) -> None:
    """Check notes without importing them, by file and line. Exit code 1 if there are problems."""

    async def check(components: "Components") -> dict[str, Any]:
        from graph.admin.schema_sync import find_connection

        files = await _read_notes(path)
        connection = await find_connection(components.connections, database)
        report = await components.admin.notes.check(connection, files)
        return _report_as_json(connection.name, files, report)

    content = run_with_components(check)
    _print(content, as_json)
    if content["problems"]:
        raise typer.Exit(1)


@notes.command("history")
def show_history(database: Database = None, as_json: AsJson = False) -> None:
    """List the sets of notes, the current one first."""

    async def history(components: "Components") -> "Sequence[NoteSet]":
        from graph.admin.schema_sync import find_connection

        connection = await find_connection(components.connections, database)
        return await components.admin.notes.history(connection)

    sets = run_with_components(history)
    if as_json:
        print_json([asdict(note_set) for note_set in sets])
        return
    for note_set in sets:
        files = ", ".join(note_set.files) or "–"
        typer.echo(f"{note_set.number:>3}  {note_set.created_at:%Y-%m-%d %H:%M}  {files}")


@notes.command("rollback")
def roll_back_notes(
    to: Annotated[int | None, typer.Option(help="Number of the set; the previous one by default.")] = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Restore the previous set of notes. Running it again restores the current one."""

    async def roll_back(components: "Components") -> dict[str, Any]:
        from graph.admin.schema_sync import find_connection
        from transport.cli.runtime import progress_bar

        connection = await find_connection(components.connections, database)
        with progress_bar(console(), f"Syncing {connection.name}") as progress:
            change = await components.admin.notes.roll_back(connection, to, progress)
        return _change_as_json(connection.name, change)

    _print(run_with_components(roll_back), as_json)


@notes.command("remove")
def remove_notes(
    name: Annotated[str, typer.Argument(help="Name of the file, as shown by `notes history`.")],
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Remove one file of notes."""

    async def remove(components: "Components") -> dict[str, Any]:
        from graph.admin.schema_sync import find_connection
        from transport.cli.runtime import progress_bar

        connection = await find_connection(components.connections, database)
        with progress_bar(console(), f"Syncing {connection.name}") as progress:
            change = await components.admin.notes.remove(connection, name, progress)
        return _change_as_json(connection.name, change)

    _print(run_with_components(remove), as_json)


async def _read_notes(path: Path) -> "tuple[NotesFile, ...]":
    from schema_docs.notes.files import read_files

    try:
        files = await asyncio.to_thread(read_files, path)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or 'cannot be read'}.") from error
    if not files:
        raise UsageError(f"{path} contains no notes: no YAML, no page with front matter, no manifest.json.")
    return files


def _report_as_json(database: str, files: "tuple[NotesFile, ...]", report: "NotesReport") -> dict[str, Any]:
    return {
        "database": database,
        "files": [file.name for file in files],
        "notes": len(report.notes),
        "terms": [term.name for term in report.terms],
        "problems": [asdict(problem) for problem in report.problems],
    }


def _change_as_json(database: str, change: "NotesChange") -> dict[str, Any]:
    from graph.admin.schema_sync import report_as_json

    return {"database": database, "sync": report_as_json(change.sync), "in_force": list(change.files)}


def _print(content: dict[str, Any], as_json: bool) -> None:
    from transport.cli.schema import describe_report

    if as_json:
        print_json(content)
        return
    for problem in content.get("problems", ()):
        typer.echo(f"{problem['file']}, line {problem['line']}: {problem['reason']}")
    if "files" in content:
        terms = f", {len(content['terms'])} terms" if content["terms"] else ""
        typer.echo(
            f"{content['database']}: {len(content['files'])} files, {content['notes']} notes{terms},"
            f" {len(content['problems'])} problems"
        )
    if "sync" in content:
        typer.echo(f"In force: {', '.join(content['in_force']) or 'no notes'}.")
        typer.echo(f"{content['database']}: {describe_report({**content['sync'], 'problems': ()})}")

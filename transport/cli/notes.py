"""`querent notes`."""
# ruff: noqa: PLC0415 – what a command needs is imported when it is called

from pathlib import Path
from typing import Annotated, Any

import typer

from transport.cli.output import AsJson, Database, begin, console, print_json
from transport.cli.runtime import run

notes = typer.Typer(help="What people wrote about the tables.", no_args_is_help=True)

Place = Annotated[
    Path,
    typer.Argument(help="A file or a folder: dbt's schema.yml or manifest.json, pages with front matter."),
]


@notes.command("import")
def import_notes(
    path: Place,
    database: Database = None,
    replace: Annotated[bool, typer.Option("--replace", help="Let go of the notes that are there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Put notes in force, beside those that are there; a file of the same name takes the other's place."""
    from transport.cli import note_actions

    told = run(note_actions.bring(begin(), note_actions.Wish(path, database, replace), console()))
    _show(told, as_json)
    if not told["imported"]:
        typer.echo("Nothing was imported: first mend what cannot be read.", err=True)
        raise typer.Exit(1)


@notes.command("lint")
def lint_notes(path: Place, database: Database = None, as_json: AsJson = False) -> None:
    """Name what is wrong with notes, by file and line, and keep nothing. Exit code 1 where something is."""
    from transport.cli import note_actions

    told = run(note_actions.lint(begin(), note_actions.Wish(path, database), console()))
    _show(told, as_json)
    if told["problems"]:
        raise typer.Exit(1)


@notes.command("history")
def show_history(database: Database = None, as_json: AsJson = False) -> None:
    """List the sets of notes there were, the one in force first."""
    from transport.cli import note_actions

    sets = run(note_actions.history(begin(), database, console()))
    if as_json:
        print_json(sets)
        return
    for each in sets:
        typer.echo(f"{each['number']:>3}  {each['put_at']:%Y-%m-%d %H:%M}  {', '.join(each['files']) or '–'}")


@notes.command("undo")
def undo_notes(
    to: Annotated[int | None, typer.Option(help="The set to go back to, instead of the one before.")] = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Put the set of notes before this one in force again; to undo that too, do it once more."""
    from transport.cli import note_actions

    _show(run(note_actions.undo(begin(), to, database, console())), as_json)


@notes.command("remove")
def remove_notes(
    name: Annotated[str, typer.Argument(help="The name of the file, as `notes history` shows it.")],
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Let go of one file of notes."""
    from transport.cli import note_actions

    _show(run(note_actions.remove(begin(), name, database, console())), as_json)


def _show(told: dict[str, Any], as_json: bool) -> None:
    from transport.cli.schema_actions import in_words

    if as_json:
        print_json(told)
        return
    for problem in told.get("problems", ()):
        typer.echo(f"{problem['file']}, line {problem['line']}: {problem['reason']}")
    if "files" in told:
        terms = f", {len(told['terms'])} terms" if told["terms"] else ""
        count = len(told["problems"])
        typer.echo(
            f"{told['database']}: {len(told['files'])} files, {told['notes']} notes{terms}, {count} problems"
        )
    if "map" in told:
        typer.echo(f"In force: {', '.join(told['in_force']) or 'no notes'}.")
        typer.echo(f"{told['database']}: {in_words({**told['map'], 'problems': ()})}")

"""`querent sample`, `querent migrate` and `querent guard`: what stands for itself."""

import json
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from agent.guard.check import check_lines, read_catalog
from graph.compose import migrate_store
from store.sample.load import write_sqlite
from transport.commands.shell import (
    WRONG,
    err,
    out,
    print_json,
    read_settings,
    run,
    saying_faults,
    showing_progress,
)

guard = typer.Typer(no_args_is_help=True, help="What may reach a database.")


def sample_command(
    path: Annotated[Path, typer.Argument(help="Where to write it, such as shop.sqlite.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")] = False,
) -> None:
    """Write the sample shop into a SQLite file."""
    with saying_faults(), showing_progress() as progress:
        write_sqlite(path, progress, overwrite=overwrite)
    out.print(f"{path} holds the sample shop.", markup=False)


def migrate_command() -> None:
    """Bring the store's own tables up to date. `serve` does this too, at its start."""
    settings = read_settings()
    run(lambda: migrate_store(settings))
    out.print("The store is up to date.")


@guard.command("check")
def check_command(
    dialect: Annotated[
        Literal["postgres", "sqlite", "mysql", "duckdb"], typer.Option(help="Which SQL the queries are in.")
    ],
    catalog: Annotated[Path, typer.Option(help="A file of JSON that names tables and columns.")],
) -> None:
    """Judge queries from standard input, one a line ({"sql": …}); write a verdict a line."""
    with saying_faults():
        try:
            known = read_catalog(json.loads(catalog.read_text(encoding="utf-8")), dialect)
        except ValueError:
            err.print(f"{catalog} is not a catalog.", style="red", markup=False)
            raise typer.Exit(WRONG) from None
        for verdict in check_lines(sys.stdin, known):
            print_json(verdict)

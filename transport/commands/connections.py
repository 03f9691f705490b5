"""`querent connections`."""

from typing import Annotated

import typer

from graph.compose import open_parts
from graph.settings import Settings
from store.targets.open import open_target
from transport.commands.shell import out, print_json, read_settings, run, showing_progress, table_of

connections = typer.Typer(no_args_is_help=True, help="The databases that may be asked.")

Name = Annotated[str, typer.Argument(help="What to call it: letters, digits, - and _.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@connections.command("add")
def add_command(
    name: Name,
    url: Annotated[str, typer.Argument(help="postgresql://user:password@host/database or sqlite:///path.db")],
    description: Annotated[str, typer.Option(help="What is in it, for who chooses.")] = "",
    as_json: AsJson = False,
) -> None:
    """Connect a database: try it, keep its address sealed, and map what is in it."""
    settings = read_settings("ERROR")
    tables = run(lambda: _add(settings, name, url, description))
    _tell({"name": name, "tables": tables}, as_json, f"{name} is connected: {tables} tables are mapped.")


@connections.command("list")
def list_command(as_json: AsJson = False) -> None:
    """List what is connected; addresses are not shown."""
    settings = read_settings("ERROR")
    rows = run(lambda: _list(settings))
    if as_json:
        print_json(rows)
    else:
        out.print(table_of([dict(row) for row in rows]))


@connections.command("test")
def try_command(name: Name, as_json: AsJson = False) -> None:
    """See whether a database answers, and how many tables it shows."""
    settings = read_settings("ERROR")
    tables = run(lambda: _test(settings, name))
    _tell({"name": name, "tables": tables}, as_json, f"{name} answers: {tables} tables.")


@connections.command("remove")
def remove_command(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask first.")] = False,
    as_json: AsJson = False,
) -> None:
    """Forget a database: its address and its map, not the database itself."""
    settings = read_settings("ERROR")
    if not yes:
        typer.confirm(f"Forget {name} and its map?", abort=True, err=True)
    run(lambda: _remove(settings, name))
    _tell({"name": name, "removed": True}, as_json, f"{name} is forgotten.")


async def _add(settings: Settings, name: str, url: str, description: str) -> int:
    with showing_progress() as progress:
        async with open_parts(settings, progress) as parts:
            await _tables_of(url)
            await parts.connections.add(name, url, description)
            return (await parts.survey(name, progress)).tables


async def _list(settings: Settings) -> list[dict[str, str]]:
    with showing_progress() as progress:
        async with open_parts(settings, progress) as parts:
            return [
                {"name": each.name, "dialect": each.dialect, "description": each.description}
                for each in await parts.connections.all()
            ]


async def _test(settings: Settings, name: str) -> int:
    with showing_progress() as progress:
        async with open_parts(settings, progress) as parts:
            return await _tables_of(await parts.connections.address(name))


async def _remove(settings: Settings, name: str) -> None:
    with showing_progress() as progress:
        async with open_parts(settings, progress) as parts:
            await parts.connections.remove(name)


async def _tables_of(url: str) -> int:
    target = open_target(url)
    try:
        return len((await target.catalog()).tables)
    finally:
        await target.close()


def _tell(as_data: dict[str, object], as_json: bool, sentence: str) -> None:
    if as_json:
        print_json(as_data)
    else:
        out.print(sentence, markup=False)

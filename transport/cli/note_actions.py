"""`querent notes`."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from graph.admin.schema_sync import as_plain
from graph.compose import Parts, open_parts
from graph.settings import Settings
from schema_docs.notes.files import NotesFile, put_over, read_files
from schema_docs.notes.notes import NotesReport, read_notes
from store.connections.connections import Connection
from transport.cli.progress import showing
from transport.cli.runtime import Unusable
from transport.cli.service import opened


@dataclass(frozen=True, slots=True)
class Wish:
    """Notes that somebody wants looked at, or put in force; `alone` lets go of those that are there."""

    path: Path
    database: str | None
    alone: bool = False


async def lint(settings: Settings, wish: Wish, console: Console) -> dict[str, Any]:
    """Say what is wrong with some notes, and keep nothing. Raises `Unusable` where there are none."""
    files = await _read(wish.path)
    async with opened(open_parts, settings, console) as parts:
        connection = await _connection(parts, wish.database)
        return _told(connection.name, files, await _hold(files, connection, parts))


async def bring(settings: Settings, wish: Wish, console: Console) -> dict[str, Any]:
    """Put notes in force, all or nothing: a file that cannot be read keeps the others out too."""
    files = await _read(wish.path)
    async with opened(open_parts, settings, console) as parts:
        connection = await _connection(parts, wish.database)
        report = await _hold(files, connection, parts)
        told = _told(connection.name, files, report)
        if report.unreadable:
            return {**told, "imported": False}
        kept = () if wish.alone else await _kept(parts, connection)
        return {**told, "imported": True, **await _put(parts, connection, put_over(kept, files), console)}


async def remove(settings: Settings, name: str, database: str | None, console: Console) -> dict[str, Any]:
    """Let go of one file of notes. Raises `Unusable` where there is none of this name."""
    async with opened(open_parts, settings, console) as parts:
        connection = await _connection(parts, database)
        kept = await _kept(parts, connection)
        left = [file for file in kept if file.name != name]
        if len(left) == len(kept):
            raise Unusable(f"{connection.name} has no notes in a file named {name}.")
        return await _put(parts, connection, left, console)


async def undo(
    settings: Settings, number: int | None, database: str | None, console: Console
) -> dict[str, Any]:
    """Put an earlier set of notes in force again. Raises `Unusable` where there is none, `NotFound`."""
    async with opened(open_parts, settings, console) as parts:
        connection = await _connection(parts, database)
        history = await parts.note_sets.history(connection.id)
        if number is None and not history:
            raise Unusable(f"{connection.name} never had any notes.")
        if number is None and len(history) == 1:
            # Before the first set there was none.
            return await _put(parts, connection, (), console)
        wanted = history[1].number if number is None else number
        files = await parts.note_sets.files(connection.id, wanted)
        return await _put(parts, connection, [NotesFile(file.name, file.text) for file in files], console)


async def history(settings: Settings, database: str | None, console: Console) -> list[dict[str, Any]]:
    """List the sets of notes, the one in force first."""
    async with opened(open_parts, settings, console) as parts:
        connection = await _connection(parts, database)
        return [asdict(each) for each in await parts.note_sets.history(connection.id)]


async def _read(path: Path) -> tuple[NotesFile, ...]:
    try:
        files = await asyncio.to_thread(read_files, path)
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror or 'it cannot be read'}.") from error
    if not files:
        raise Unusable(
            f"{path} holds no notes: neither YAML, nor pages with front matter, nor a manifest.json."
        )
    return files


async def _connection(parts: Parts, database: str | None) -> Connection:
    return await parts.connections.find(await parts.choose_database(database))


async def _hold(files: Sequence[NotesFile], connection: Connection, parts: Parts) -> NotesReport:
    """Hold notes against the tables as they are now."""
    target = await parts.targets.of(connection.name)
    catalog = await target.catalog()
    return await asyncio.to_thread(read_notes, files, catalog)


async def _kept(parts: Parts, connection: Connection) -> list[NotesFile]:
    return [NotesFile(file.name, file.text) for file in await parts.note_sets.current(connection.id)]


async def _put(
    parts: Parts, connection: Connection, files: Sequence[NotesFile], console: Console
) -> dict[str, Any]:
    with showing(console, f"Looking at {connection.name}") as progress:
        brought = await parts.survey(connection.name, progress, notes=files)
    return {"database": connection.name, "map": as_plain(brought), "in_force": [file.name for file in files]}


def _told(name: str, files: Sequence[NotesFile], report: NotesReport) -> dict[str, Any]:
    return {
        "database": name,
        "files": [file.name for file in files],
        "notes": len(report.notes),
        "terms": [term.name for term in report.terms],
        "problems": [asdict(problem) for problem in report.problems],
    }

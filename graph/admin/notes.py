"""Note use cases: check notes against the schema, import, remove and roll them back."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from graph.admin.schema_sync import MapUpdater
from graph.errors import InvalidAdminRequest
from schema_docs.notes.files import NotesFile, merge_files
from schema_docs.notes.notes import NotesReport, read_notes
from schema_docs.sync.sync import SyncReport
from store.connections.connections import Connection
from store.maps.note_sets import NoteSet, NoteSetStore
from store.progress import Progress


@dataclass(frozen=True, slots=True)
class NotesChange:
    """Change of the notes in force: the names of the files, and the sync that applied them."""

    files: tuple[str, ...]
    sync: SyncReport


@dataclass(frozen=True, slots=True)
class NotesImport:
    """Result of an import: the report on the new files; `change` is None if a file was unreadable."""

    report: NotesReport
    change: NotesChange | None


@dataclass(frozen=True)
class NoteAdmin:
    """Note use cases. Changes take effect with a sync of the schema map; they raise what that raises."""

    note_sets: NoteSetStore
    maps: MapUpdater

    async def check(self, connection: Connection, files: Sequence[NotesFile]) -> NotesReport:
        """Check notes against the current schema, without importing them. Raises `TargetUnavailable`."""
        target = await self.maps.targets.open(connection.name)
        return await asyncio.to_thread(read_notes, files, await target.catalog())

    async def add(
        self,
        connection: Connection,
        files: Sequence[NotesFile],
        progress: Progress,
        *,
        replace_all: bool = False,
    ) -> NotesImport:
        """Import notes beside those in force, or in place of all of them; one unreadable file prevents it."""
        report = await self.check(connection, files)
        if report.unreadable:
            return NotesImport(report, None)
        current = () if replace_all else await self.current(connection)
        return NotesImport(report, await self.replace(connection, merge_files(current, files), progress))

    async def remove(self, connection: Connection, name: str, progress: Progress) -> NotesChange:
        """Remove one file of notes. Raises `InvalidAdminRequest` if there is none of this name."""
        current = await self.current(connection)
        remaining = [file for file in current if file.name != name]
        if len(remaining) == len(current):
            raise InvalidAdminRequest(f"{connection.name} has no notes in a file named {name}.")
        return await self.replace(connection, remaining, progress)

    async def roll_back(self, connection: Connection, number: int | None, progress: Progress) -> NotesChange:
        """Restore a set of notes, by default the previous one. Raises `InvalidAdminRequest`, `NotFound`."""
        history = await self.history(connection)
        if number is None and not history:
            raise InvalidAdminRequest(f"{connection.name} has never had any notes.")
        if number is None and len(history) == 1:
            # Before the first set there were no notes.
            return await self.replace(connection, (), progress)
        files = await self.note_sets.files(connection.id, history[1].number if number is None else number)
        return await self.replace(connection, [NotesFile(file.name, file.text) for file in files], progress)

    async def history(self, connection: Connection) -> Sequence[NoteSet]:
        """Return the sets of notes, the current one first."""
        return await self.note_sets.history(connection.id)

    async def current(self, connection: Connection) -> Sequence[NotesFile]:
        """Return the notes in force."""
        files = await self.note_sets.current(connection.id)
        return [NotesFile(file.name, file.text) for file in files]

    async def replace(
        self, connection: Connection, files: Sequence[NotesFile], progress: Progress
    ) -> NotesChange:
        """Put a set of notes in force, in place of the current one."""
        report = await self.maps.update(connection.name, progress, notes=files)
        return NotesChange(tuple(file.name for file in files), report)

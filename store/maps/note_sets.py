"""Note history: every set of note files that was in force, for rollback."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from store.database import Database, DatabaseConnection
from store.errors import NotFound
from store.maps.records import NoteFile

# Per connection; older sets are deleted.
MAX_NOTE_SETS = 50

_LATEST: LiteralString = """
    SELECT number, files FROM note_sets WHERE connection_id = %(connection_id)s ORDER BY number DESC LIMIT 1
"""
_ADD: LiteralString = """
    INSERT INTO note_sets (connection_id, number, files)
    VALUES (%(connection_id)s, %(number)s, %(files)s::json)
"""
_DELETE_OLD: LiteralString = """
    DELETE FROM note_sets WHERE connection_id = %(connection_id)s AND number <= %(last_deleted)s
"""
_HISTORY: LiteralString = """
    SELECT number, created_at, files FROM note_sets
    WHERE connection_id = %(connection_id)s ORDER BY number DESC
"""
_FILES: LiteralString = """
    SELECT files FROM note_sets WHERE connection_id = %(connection_id)s AND number = %(number)s
"""


@dataclass(frozen=True, slots=True)
class NoteSet:
    """Set of note files in force from a moment on, by file name."""

    number: int
    created_at: datetime
    files: tuple[str, ...]


async def record_note_set(
    connection: DatabaseConnection, connection_id: UUID, notes: Sequence[NoteFile]
) -> None:
    """Add the notes to the history, unless they equal the latest set."""
    files = [[note.name, note.text] for note in notes]
    latest = await (await connection.execute(_LATEST, {"connection_id": connection_id})).fetchone()
    if files == ([] if latest is None else latest["files"]):
        return
    number = 1 if latest is None else latest["number"] + 1
    await connection.execute(
        _ADD, {"connection_id": connection_id, "number": number, "files": json.dumps(files)}
    )
    await connection.execute(
        _DELETE_OLD, {"connection_id": connection_id, "last_deleted": number - MAX_NOTE_SETS}
    )


class NoteSetStore:
    """Repository of the note history. All methods raise `StoreUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def history(self, connection_id: UUID) -> list[NoteSet]:
        """Return the stored sets, the current one first."""
        rows = await self._database.fetch(_HISTORY, connection_id=connection_id)
        return [
            NoteSet(row["number"], row["created_at"], tuple(name for name, _ in row["files"])) for row in rows
        ]

    async def current(self, connection_id: UUID) -> tuple[NoteFile, ...]:
        """Return the files in force."""
        row = await self._database.fetch_one(_LATEST, connection_id=connection_id)
        return () if row is None else _read_files(row["files"])

    async def files(self, connection_id: UUID, number: int) -> tuple[NoteFile, ...]:
        """Return the files of one set. Raises `NotFound`."""
        row = await self._database.fetch_one(_FILES, connection_id=connection_id, number=number)
        if row is None:
            raise NotFound("set of notes", str(number))
        return _read_files(row["files"])


def _read_files(files: Sequence[Sequence[str]]) -> tuple[NoteFile, ...]:
    return tuple(NoteFile(name, text) for name, text in files)

"""Every set of notes that was in force, so that a change can be undone."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from store.database import transaction
from store.errors import NotFound
from store.maps.records import KeptNote

# How far back a change can be undone.
SETS_KEPT = 50

LAST = text(
    "SELECT number, files::text FROM note_sets WHERE connection_id = :connection ORDER BY number DESC LIMIT 1"
)
ADD = text(
    "INSERT INTO note_sets (connection_id, number, files) VALUES (:connection, :number, CAST(:files AS json))"
)
FORGET = text("DELETE FROM note_sets WHERE connection_id = :connection AND number <= :oldest")
ALL = text("""
    SELECT number, put_at, files FROM note_sets
    WHERE connection_id = :connection ORDER BY number DESC
""")
FILES = text("SELECT files FROM note_sets WHERE connection_id = :connection AND number = :number")


@dataclass(frozen=True, slots=True)
class NoteSet:
    """The notes of a connection as they were from a moment on, by the names of their files."""

    number: int
    put_at: datetime
    files: tuple[str, ...]


async def keep_set(connection: AsyncConnection, connection_id: UUID, notes: Sequence[KeptNote]) -> None:
    """Note down the notes now in force, unless they are those noted down last."""
    given = {"connection": connection_id}
    files = json.dumps([[note.name, note.text] for note in notes])
    last = (await connection.execute(LAST, given)).one_or_none()
    if (last is None and not notes) or (last is not None and json.loads(last.files) == json.loads(files)):
        return
    number = last.number + 1 if last else 1
    await connection.execute(ADD, {**given, "number": number, "files": files})
    await connection.execute(FORGET, {**given, "oldest": number - SETS_KEPT})


class NoteSets:
    """The history of notes. Everything here raises `StoreUnavailable` when the store is gone."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def history(self, connection_id: UUID) -> list[NoteSet]:
        """List the sets that are kept, the one in force first."""
        async with transaction(self._engine) as connection:
            rows = await connection.execute(ALL, {"connection": connection_id})
            return [NoteSet(row.number, row.put_at, tuple(name for name, _ in row.files)) for row in rows]

    async def current(self, connection_id: UUID) -> tuple[KeptNote, ...]:
        """Give the files in force."""
        history = await self.history(connection_id)
        return await self.files(connection_id, history[0].number) if history else ()

    async def files(self, connection_id: UUID, number: int) -> tuple[KeptNote, ...]:
        """Give the files of one set. Raises `NotFound`."""
        async with transaction(self._engine) as connection:
            found = await connection.execute(FILES, {"connection": connection_id, "number": number})
            row = found.one_or_none()
        if row is None:
            raise NotFound("set of notes", str(number))
        return tuple(KeptNote(name, body) for name, body in row.files)

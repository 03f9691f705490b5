"""Sync records: requested, running and finished syncs of schema maps, with their progress and checkpoints."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal, LiteralString
from uuid import UUID, uuid4

from psycopg.rows import DictRow

from store.database import Database

SyncStatus = Literal["queued", "running", "done", "failed", "cancelled"]

# Finished syncs per connection; older ones are deleted.
MAX_FINISHED_SYNCS = 20
# Minimum interval between automatic syncs of a connection, so that a failing one is not repeated at once.
MIN_SYNC_INTERVAL_S = 600.0

_REQUEST: LiteralString = """
    INSERT INTO map_syncs (id, connection_id, "full")
    SELECT %(id)s, id, %(full)s FROM connections WHERE name = %(name)s ON CONFLICT DO NOTHING
"""
_DELETE_OLD: LiteralString = """
    DELETE FROM map_syncs WHERE id IN (
        SELECT s.id FROM map_syncs AS s JOIN connections AS c ON c.id = s.connection_id
        WHERE c.name = %(name)s AND s.finished_at IS NOT NULL
        ORDER BY s.requested_at DESC OFFSET %(max_finished)s
    )
"""
_LIST: LiteralString = """
    SELECT s.*, c.name AS connection FROM map_syncs AS s JOIN connections AS c ON c.id = s.connection_id
    WHERE c.name = %(name)s ORDER BY s.finished_at IS NULL DESC, s.requested_at DESC LIMIT %(limit)s
"""
_FIND: LiteralString = """
    SELECT s.*, c.name AS connection FROM map_syncs AS s JOIN connections AS c ON c.id = s.connection_id
    WHERE s.id = %(id)s
"""
_SET_JOB: LiteralString = "UPDATE map_syncs SET job_id = %(job_id)s WHERE id = %(id)s"
_START: LiteralString = """
    UPDATE map_syncs SET status = 'running', attempts = attempts + 1, started_at = coalesce(started_at, now())
    WHERE id = %(id)s AND finished_at IS NULL AND NOT cancel_requested
"""
_UPDATE_PROGRESS: LiteralString = """
    UPDATE map_syncs SET task = %(task)s, done = %(done)s, total = %(total)s
    WHERE id = %(id)s AND finished_at IS NULL
"""
_REQUEST_CANCEL: LiteralString = """
    UPDATE map_syncs SET cancel_requested = true WHERE id = %(id)s AND finished_at IS NULL
"""
_FINISH_CANCELLED: LiteralString = """
    UPDATE map_syncs SET status = 'cancelled', finished_at = now()
    WHERE id = %(id)s AND finished_at IS NULL AND cancel_requested
"""
_FINISH: LiteralString = """
    UPDATE map_syncs SET status = %(status)s, report = %(report)s, error = %(error)s, finished_at = now()
    WHERE id = %(id)s AND finished_at IS NULL
"""
_DELETE_CHECKPOINTS: LiteralString = "DELETE FROM map_sync_checkpoints WHERE sync_id = %(id)s"
_LOAD_CHECKPOINTS: LiteralString = """
    SELECT table_name, body FROM map_sync_checkpoints WHERE sync_id = %(id)s
"""
_SAVE_CHECKPOINT: LiteralString = """
    INSERT INTO map_sync_checkpoints (sync_id, table_name, body) VALUES (%(id)s, %(table)s, %(body)s)
    ON CONFLICT (sync_id, table_name) DO UPDATE SET body = excluded.body
"""
# Connections without a map are skipped: they are just being added, or their first sync is left to a person.
_LIST_STALE: LiteralString = """
    SELECT c.name FROM connections AS c JOIN maps AS m ON m.connection_id = c.id
    WHERE (m.embedder <> %(embedder)s OR m.checked_at < now() - make_interval(secs => %(max_age_s)s))
        AND NOT EXISTS (SELECT FROM map_syncs AS s WHERE s.connection_id = c.id
            AND (s.finished_at IS NULL
                OR s.requested_at > now() - make_interval(secs => %(min_interval_s)s)))
    ORDER BY m.checked_at
"""


@dataclass(frozen=True, slots=True)
class SchemaSync:
    """Sync of the map of a connection. `task`, `done` and `total` are its progress; `error` is a sentence.

    `report` is its result as JSON, once it is done. `full` scans all tables, whatever is stored.
    """

    id: UUID
    connection: str
    full: bool
    status: SyncStatus
    job_id: int | None
    task: str | None
    done: int
    total: int
    attempts: int
    report: Mapping[str, Any] | None
    error: str | None
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class SchemaSyncStore:
    """Repository of syncs, one unfinished per connection at most. All methods raise `StoreUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def request(self, name: str, *, full: bool) -> tuple[SchemaSync, bool] | None:
        """Create a sync, or return the unfinished one; the flag is True if it is new.

        None if there is no connection with this name.
        """
        created = await self._database.execute(_REQUEST, id=uuid4(), name=name, full=full)
        await self._database.execute(_DELETE_OLD, name=name, max_finished=MAX_FINISHED_SYNCS)
        syncs = await self.list_for_connection(name, 1)
        return (syncs[0], created == 1) if syncs else None

    async def list_for_connection(self, name: str, limit: int = MAX_FINISHED_SYNCS) -> list[SchemaSync]:
        """Return the syncs of a connection: the unfinished one first, then the newest."""
        return [_read(row) for row in await self._database.fetch(_LIST, name=name, limit=limit)]

    async def find(self, sync_id: UUID) -> SchemaSync | None:
        """Return a sync, or None if it was deleted with its connection."""
        row = await self._database.fetch_one(_FIND, id=sync_id)
        return None if row is None else _read(row)

    async def list_stale(self, max_age_s: float, embedder: str) -> list[str]:
        """Return the names of connections whose map is older, or was made with another embedder."""
        rows = await self._database.fetch(
            _LIST_STALE, max_age_s=max_age_s, embedder=embedder, min_interval_s=MIN_SYNC_INTERVAL_S
        )
        return [row["name"] for row in rows]

    async def set_job(self, sync_id: UUID, job_id: int) -> None:
        """Record which job of the queue performs the sync."""
        await self._database.execute(_SET_JOB, id=sync_id, job_id=job_id)

    async def start(self, sync_id: UUID) -> bool:
        """Mark the sync as running, also when it is resumed; False if it was cancelled or has finished."""
        return await self._database.execute(_START, id=sync_id) == 1

    async def update_progress(self, sync_id: UUID, task: str, done: int, total: int) -> None:
        """Record the progress of the sync."""
        await self._database.execute(_UPDATE_PROGRESS, id=sync_id, task=task, done=done, total=total)

    async def request_cancel(self, sync_id: UUID) -> None:
        """Record that the sync is to be cancelled."""
        await self._database.execute(_REQUEST_CANCEL, id=sync_id)

    async def finish_cancelled(self, sync_id: UUID) -> bool:
        """Finish the sync as cancelled, if that was requested; returns whether it was."""
        cancelled = await self._database.execute(_FINISH_CANCELLED, id=sync_id) == 1
        if cancelled:
            await self._database.execute(_DELETE_CHECKPOINTS, id=sync_id)
        return cancelled

    async def finish(
        self, sync_id: UUID, *, report: Mapping[str, Any] | None = None, error: str | None = None
    ) -> None:
        """Finish the sync: done with a report, or failed with an error sentence."""
        await self._database.execute(
            _FINISH,
            id=sync_id,
            status="done" if error is None else "failed",
            report=None if report is None else json.dumps(report, default=str),
            error=error,
        )
        await self._database.execute(_DELETE_CHECKPOINTS, id=sync_id)

    async def load_checkpoints(self, sync_id: UUID) -> dict[str, str]:
        """Return the scan results that an unfinished sync has saved, by table."""
        rows = await self._database.fetch(_LOAD_CHECKPOINTS, id=sync_id)
        return {row["table_name"]: row["body"] for row in rows}

    async def save_checkpoints(self, sync_id: UUID, bodies: Mapping[str, str]) -> None:
        """Save the scan results of some tables, so that another process can resume the sync."""
        parameters = [{"id": sync_id, "table": table, "body": body} for table, body in bodies.items()]
        async with self._database.connection() as connection, connection.cursor() as cursor:
            await cursor.executemany(_SAVE_CHECKPOINT, parameters)


_COLUMNS = tuple(field.name for field in fields(SchemaSync))


def _read(row: DictRow) -> SchemaSync:
    return SchemaSync(**{name: row[name] for name in _COLUMNS})

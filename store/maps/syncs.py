"""Syncs of maps, written down: asked for, under way, ended, and what an unfinished one has seen so far."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal, LiteralString
from uuid import UUID, uuid4

from psycopg.rows import DictRow

from store.database import Database, saying_unavailable

SyncStatus = Literal["queued", "running", "done", "failed", "cancelled"]

# Ended ones are kept for people to look at.
KEPT = 20

_ASK: LiteralString = """
    INSERT INTO map_syncs (id, connection_id, "full")
    SELECT %(id)s, id, %(full)s FROM connections WHERE name = %(name)s ON CONFLICT DO NOTHING
"""
_FORGET: LiteralString = """
    DELETE FROM map_syncs WHERE id IN (
        SELECT s.id FROM map_syncs AS s JOIN connections AS c ON c.id = s.connection_id
        WHERE c.name = %(name)s AND s.ended_at IS NOT NULL ORDER BY s.asked_at DESC OFFSET %(kept)s
    )
"""
_OF: LiteralString = """
    SELECT s.*, c.name AS connection FROM map_syncs AS s JOIN connections AS c ON c.id = s.connection_id
    WHERE c.name = %(name)s ORDER BY s.ended_at IS NULL DESC, s.asked_at DESC LIMIT %(most)s
"""
_FIND: LiteralString = """
    SELECT s.*, c.name AS connection FROM map_syncs AS s JOIN connections AS c ON c.id = s.connection_id
    WHERE s.id = %(id)s
"""
_HAS_JOB: LiteralString = "UPDATE map_syncs SET job = %(job)s WHERE id = %(id)s"
_BEGIN: LiteralString = """
    UPDATE map_syncs SET status = 'running', attempts = attempts + 1, started_at = coalesce(started_at, now())
    WHERE id = %(id)s AND ended_at IS NULL AND NOT cancel_requested
"""
_TELL: LiteralString = """
    UPDATE map_syncs SET task = %(task)s, done = %(done)s, total = %(total)s
    WHERE id = %(id)s AND ended_at IS NULL
"""
_CANCEL: LiteralString = "UPDATE map_syncs SET cancel_requested = true WHERE id = %(id)s AND ended_at IS NULL"
_END_CANCELLED: LiteralString = """
    UPDATE map_syncs SET status = 'cancelled', ended_at = now()
    WHERE id = %(id)s AND ended_at IS NULL AND cancel_requested
"""
_END: LiteralString = """
    UPDATE map_syncs SET status = %(status)s, report = %(report)s, error = %(error)s, ended_at = now()
    WHERE id = %(id)s AND ended_at IS NULL
"""
_DROP_LOOKS: LiteralString = "DELETE FROM map_looks WHERE sync_id = %(id)s"
_RECALL: LiteralString = "SELECT table_name, body FROM map_looks WHERE sync_id = %(id)s"
_NOTE: LiteralString = """
    INSERT INTO map_looks (sync_id, table_name, body) VALUES (%(id)s, %(table)s, %(body)s)
    ON CONFLICT (sync_id, table_name) DO UPDATE SET body = excluded.body
"""
# A connection without a map is being added at this moment, or has never been drawn: somebody's wish to make.
_DUE: LiteralString = """
    SELECT c.name FROM connections AS c JOIN maps AS m ON m.connection_id = c.id
    WHERE (m.embedder <> %(embedder)s OR m.checked_at < now() - make_interval(secs => %(seconds)s))
        AND NOT EXISTS (SELECT FROM map_syncs AS s WHERE s.connection_id = c.id
            AND (s.ended_at IS NULL OR s.asked_at > now() - make_interval(secs => %(pause)s)))
    ORDER BY m.checked_at
"""
# One that failed is not tried again at once.
PAUSE_S = 600.0


@dataclass(frozen=True, slots=True)
class Sync:
    """One sync of a connection's map. `task`, `done` and `total` tell how far it is; `error` is a sentence.

    `report` is what it brought, as JSON has it, once it is done.
    """

    id: UUID
    connection: str
    full: bool
    status: SyncStatus
    job: int | None
    task: str | None
    done: int
    total: int
    attempts: int
    report: Mapping[str, Any] | None
    error: str | None
    asked_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class Syncs:
    """The book of syncs: at most one unfinished for each connection. Raises `StoreUnavailable` everywhere."""

    def __init__(self, database: Database) -> None:
        self._pool = database.pool

    async def ask(self, name: str, *, full: bool) -> tuple[Sync, bool] | None:
        """Write down that a sync is wanted, and say whether it is new or the one that is under way already.

        None where there is no connection of this name.
        """
        given = {"id": uuid4(), "name": name, "full": full}
        is_new = await self._change(_ASK, given) == 1
        await self._change(_FORGET, {"name": name, "kept": KEPT})
        found = await self.of(name, 1)
        return (found[0], is_new) if found else None

    async def of(self, name: str, most: int = KEPT) -> list[Sync]:
        """Give the syncs of a connection: the unfinished one first, then the latest."""
        return [_sync(row) for row in await self._read(_OF, {"name": name, "most": most})]

    async def find(self, sync_id: UUID) -> Sync | None:
        """Give one sync, or None where it is gone with its connection."""
        rows = await self._read(_FIND, {"id": sync_id})
        return _sync(rows[0]) if rows else None

    async def due(self, seconds: float, embedder: str) -> list[str]:
        """Name the connections whose map was not compared for so long, or was made by another embedder."""
        given = {"seconds": seconds, "embedder": embedder, "pause": PAUSE_S}
        return [row["name"] for row in await self._read(_DUE, given)]

    async def has_job(self, sync_id: UUID, job: int) -> None:
        """Note which job of the queue does it."""
        await self._change(_HAS_JOB, {"id": sync_id, "job": job})

    async def begin(self, sync_id: UUID) -> bool:
        """Say that work has begun, or begun again; False where it is no longer wanted."""
        return await self._change(_BEGIN, {"id": sync_id}) == 1

    async def tell(self, sync_id: UUID, task: str, done: int, total: int) -> None:
        """Note how far it is."""
        await self._change(_TELL, {"id": sync_id, "task": task, "done": done, "total": total})

    async def want_cancelled(self, sync_id: UUID) -> None:
        """Note that somebody wants it to stop."""
        await self._change(_CANCEL, {"id": sync_id})

    async def end_cancelled(self, sync_id: UUID) -> bool:
        """End it as cancelled, if somebody wanted that; say whether."""
        ended = await self._change(_END_CANCELLED, {"id": sync_id}) == 1
        if ended:
            await self._change(_DROP_LOOKS, {"id": sync_id})
        return ended

    async def end(
        self, sync_id: UUID, *, report: Mapping[str, Any] | None = None, error: str | None = None
    ) -> None:
        """End it: done with a report, or failed with a sentence."""
        status = "done" if error is None else "failed"
        told = None if report is None else json.dumps(report, default=str)
        await self._change(_END, {"id": sync_id, "status": status, "report": told, "error": error})
        await self._change(_DROP_LOOKS, {"id": sync_id})

    async def recall(self, sync_id: UUID) -> dict[str, str]:
        """Give what an unfinished sync has noted, by table."""
        return {row["table_name"]: row["body"] for row in await self._read(_RECALL, {"id": sync_id})}

    async def note(self, sync_id: UUID, looks: Mapping[str, str]) -> None:
        """Note down what a sync has seen of some tables."""
        rows = [{"id": sync_id, "table": table, "body": body} for table, body in looks.items()]
        with saying_unavailable():
            async with self._pool.connection() as connection, connection.cursor() as cursor:
                await cursor.executemany(_NOTE, rows)

    async def _change(self, statement: LiteralString, given: Mapping[str, Any]) -> int:
        with saying_unavailable():
            async with self._pool.connection() as connection:
                return (await connection.execute(statement, given)).rowcount

    async def _read(self, statement: LiteralString, given: Mapping[str, Any]) -> list[DictRow]:
        with saying_unavailable():
            async with self._pool.connection() as connection:
                return await (await connection.execute(statement, given)).fetchall()


def _sync(row: DictRow) -> Sync:
    return Sync(**{each.name: row[each.name] for each in fields(Sync)})

"""A target surveyed: the map of its connection drawn, or brought up to date."""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from schema_docs.drawing import Changes, draw
from schema_docs.drift import Drift, compare
from schema_docs.embedder import Embedder
from schema_docs.errors import SyncInProgress
from schema_docs.looking import look_at
from schema_docs.notes import NotesFile, read_files
from schema_docs.serial import read_body
from store.catalog import Catalog
from store.connections import Connection
from store.passages import MapStore
from store.progress import Progress
from store.targets.target import Target

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a survey brought. `embedded` counts the passages made anew; `problems` are for people to read."""

    version: int
    tables: int
    columns: int
    values: int
    passages: int
    embedded: int
    seconds: float
    changed: bool
    drift: Drift
    problems: tuple[str, ...] = ()


def keep_silent(task: str, done: int, total: int) -> None:
    """Tell nobody how far it has got."""


class Surveyor:
    """Draws maps. What has not changed since the last survey is neither embedded nor written again."""

    def __init__(self, store: MapStore, embedder: Embedder) -> None:
        self._store = store
        self._embedder = embedder

    async def sync(
        self,
        connection: Connection,
        target: Target,
        notes: Path | None = None,
        progress: Progress = keep_silent,
    ) -> SyncReport:
        """Look at the target and put a new version of its map in force, all at once at the end.

        `notes` is a file or a folder of dbt's YAML; None keeps the notes that were read in last. Raises
        `SyncInProgress` when the map is being drawn already, `TargetUnavailable`, and `OSError` for `notes`.
        """
        async with self._store.alone(connection.id) as alone:
            if not alone:
                raise SyncInProgress(connection.name)
            report = await self._survey(connection, target, notes, progress)
        logger.info("map drawn", extra={"connection": connection.name, "version": report.version})
        return report

    async def _survey(
        self, connection: Connection, target: Target, notes: Path | None, progress: Progress
    ) -> SyncReport:
        started = time.perf_counter()
        files = await self._files(connection.id, notes)
        found = await look_at(target, files, progress)
        drawing = await asyncio.to_thread(draw, found, files, self._embedder.name)
        kept = await self._store.kept(connection.id)
        before = read_body(kept.body) if kept else None
        embedded = 0
        if kept and kept.content_hash == drawing.hash:
            version = kept.version
            await self._store.mark_checked(connection.id)
        else:
            changes = Changes(drawing, found, kept, before, connection.id)
            revision = await changes.revise(files, self._embedder, progress)
            version = await self._store.revise(connection.id, revision)
            embedded = len(revision.passages)
        return SyncReport(
            version=version,
            tables=len(found.catalog.tables),
            columns=sum(len(table.columns) for table in found.catalog),
            values=sum(len(values) for values in found.values.values()),
            passages=len(drawing.passages),
            embedded=embedded,
            seconds=round(time.perf_counter() - started, 3),
            changed=kept is None or kept.version != version,
            drift=compare(before.catalog if before else Catalog(target.dialect, ()), found.catalog),
            problems=found.problems,
        )

    async def _files(self, connection_id: UUID, notes: Path | None) -> Sequence[NotesFile]:
        if notes is not None:
            return await asyncio.to_thread(read_files, notes)
        return [NotesFile(note.name, note.text) for note in await self._store.notes(connection_id)]

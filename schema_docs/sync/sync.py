"""A target surveyed: the map of its connection drawn, or brought up to date."""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from schema_docs.embedding.embedder import Embedder
from schema_docs.errors import SyncInProgress
from schema_docs.notes.files import NotesFile, read_files
from schema_docs.privacy import Unsampled, holds_closed
from schema_docs.scan.scanner import Earlier, Findings, Memo, look_at
from schema_docs.serialization import MapBody, read_body
from schema_docs.sync.builder import Changes, draw
from schema_docs.sync.drift import Drift, compare
from store.catalog import Catalog
from store.connections.connections import Connection
from store.maps.maps import MapStore
from store.maps.records import KeptMap
from store.progress import Progress
from store.targets.target import Target

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a survey brought. `embedded` counts the passages made anew; `problems` are for people to read.

    Of `seconds`, `embedding_seconds` went into vectors and keys of values, `index_seconds` into writing them
    down so that they are found again; `index_bytes` is about what all of them take on disk.
    """

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
    embedding_seconds: float = 0.0
    index_seconds: float = 0.0
    index_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Manner:
    """How to survey. `full`: as if nothing were known yet; `memo`: where to note what must not be lost."""

    full: bool = False
    memo: Memo | None = None


INCREMENTAL = Manner()


def keep_silent(task: str, done: int, total: int) -> None:
    """Tell nobody how far it has got."""


class Surveyor:
    """Draws maps. What has not changed since the last survey is neither embedded nor written again."""

    def __init__(self, store: MapStore, embedder: Embedder) -> None:
        self._store = store
        self._embedder = embedder

    @property
    def embedder(self) -> str:
        """What makes the vectors."""
        return self._embedder.name

    async def sync(
        self,
        connection: Connection,
        target: Target,
        notes: Path | Sequence[NotesFile] | None = None,
        progress: Progress = keep_silent,
        manner: Manner = INCREMENTAL,
    ) -> SyncReport:
        """Look at the target and put a new version of its map in force, all at once at the end.

        Where the connection does not tell values none is asked for, and what was kept of them is let go.
        `notes` are files, or where they are; None keeps the notes that were read in last. Raises
        `SyncInProgress` when the map is being drawn already, `TargetUnavailable`, and `OSError` for `notes`.
        """
        started = time.perf_counter()
        looked_at = target if connection.tells_values else Unsampled(target)
        # What was noted down may be from before values were no longer told.
        memo = manner.memo if connection.tells_values else None
        async with self._store.alone(connection.id) as alone:
            if not alone:
                raise SyncInProgress(connection.name)
            files = await self._files(connection.id, notes)
            kept = await self._store.kept(connection.id)
            before = await asyncio.to_thread(read_body, kept.body) if kept else None
            known = Earlier(before, kept.traces) if kept and before and not manner.full else None
            found = await look_at(looked_at, files, progress, known, memo)
            work = _Work(connection, found, files, progress, None if manner.full else kept, before)
            report = await self._write(work, started)
        if report.changed:
            report = await self._tend(connection.id, report)
        logger.info("map drawn", extra={"connection": connection.name, "version": report.version})
        return report

    async def _tend(self, connection_id: UUID, report: SyncReport) -> SyncReport:
        """See to the indexes, and reckon that in."""
        began = time.perf_counter()
        await self._store.tend(connection_id)
        took = time.perf_counter() - began
        return replace(
            report,
            seconds=round(report.seconds + took, 3),
            index_seconds=round(report.index_seconds + took, 3),
            index_bytes=await self._store.bytes_on_disk(await self._store.size(connection_id)),
        )

    async def _write(self, work: "_Work", started: float) -> SyncReport:
        """Write down what was found, unless that is what is written there already."""
        found, kept, connection_id = work.found, work.kept, work.connection.id
        drawing = await asyncio.to_thread(draw, found, work.files, self._embedder.name)
        began = learnt = time.perf_counter()
        if kept and kept.content_hash == drawing.hash:
            version, embedded = kept.version, 0
            await self._store.mark_checked(connection_id, found.traces)
        else:
            changes = Changes(drawing, found, kept, work.before if kept else None, connection_id)
            revision = await changes.revise(work.files, self._embedder, work.progress)
            learnt = time.perf_counter()
            told = work.connection.tells_values
            if work.before and holds_closed(work.before, found.catalog, told):
                revision = replace(revision, forgets=True)
            version, embedded = await self._store.revise(connection_id, revision), len(revision.passages)
        catalog = found.catalog
        return SyncReport(
            version=version,
            tables=len(catalog.tables),
            columns=sum(len(table.columns) for table in catalog),
            values=(await self._store.size(connection_id)).values,
            passages=len(drawing.passages),
            embedded=embedded,
            seconds=round(time.perf_counter() - started, 3),
            changed=kept is None or kept.version != version,
            drift=compare(work.before.catalog if work.before else Catalog(catalog.dialect, ()), catalog),
            problems=found.problems,
            embedding_seconds=round(learnt - began, 3),
            index_seconds=round(time.perf_counter() - learnt, 3),
        )

    async def _files(
        self, connection_id: UUID, notes: Path | Sequence[NotesFile] | None
    ) -> Sequence[NotesFile]:
        if isinstance(notes, Path):
            return await asyncio.to_thread(read_files, notes)
        if notes is not None:
            return notes
        return [NotesFile(note.name, note.text) for note in await self._store.notes(connection_id)]


@dataclass(frozen=True)
class _Work:
    """What one survey has in hand. `kept` is None when everything has to be written anew."""

    connection: Connection
    found: Findings
    files: Sequence[NotesFile]
    progress: Progress
    kept: KeptMap | None
    before: MapBody | None

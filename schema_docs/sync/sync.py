"""Schema synchronization: creates or updates the stored map of a connection."""

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
from schema_docs.privacy import ValueHidingTarget, contains_withheld_values
from schema_docs.scan.scanner import PreviousScan, ScanCheckpoint, ScanResult, scan
from schema_docs.schema_map import MapBody, parse_body
from schema_docs.sync.builder import MapDiff, build_map
from schema_docs.sync.drift import SchemaDrift, compare_catalogs
from store.catalog import Catalog
from store.connections.connections import Connection
from store.maps.maps import MapStore
from store.maps.records import StoredMap
from store.progress import Progress
from store.targets.target import Target

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SyncReport:
    """Result of a sync. `embedded` counts new vectors; `problems` are sentences for people.

    Of `seconds`, `embedding_seconds` went into vectors and value keys, `index_seconds` into writing and
    indexing them; `index_bytes` is about their size on disk.
    """

    version: int
    tables: int
    columns: int
    values: int
    passages: int
    embedded: int
    seconds: float
    changed: bool
    drift: SchemaDrift
    problems: tuple[str, ...] = ()
    embedding_seconds: float = 0.0
    index_seconds: float = 0.0
    index_bytes: int = 0


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """Options of a sync. `full` ignores earlier results; `checkpoint` stores progress, to be resumed."""

    full: bool = False
    checkpoint: ScanCheckpoint | None = None


INCREMENTAL = SyncOptions()


def ignore_progress(task: str, done: int, total: int) -> None:
    """Progress callback that does nothing."""


class SchemaSynchronizer:
    """Synchronizes schema maps. Unchanged passages and values are neither embedded nor written again."""

    def __init__(self, store: MapStore, embedder: Embedder) -> None:
        self._store = store
        self._embedder = embedder

    @property
    def embedder(self) -> str:
        """Name of the embedding model."""
        return self._embedder.name

    async def sync(
        self,
        connection: Connection,
        target: Target,
        notes: Path | Sequence[NotesFile] | None = None,
        progress: Progress = ignore_progress,
        options: SyncOptions = INCREMENTAL,
    ) -> SyncReport:
        """Scan the target and replace its map atomically at the end.

        If the connection does not share values, none are read and stored ones are deleted. `notes` are files,
        or their folder; None keeps the current notes. Raises `SyncInProgress` if the map is being
        synchronized already, `TargetUnavailable`, and `OSError` for `notes`.
        """
        started = time.perf_counter()
        visible_target = target if connection.share_values else ValueHidingTarget(target)
        # A checkpoint may be from before sharing was turned off.
        checkpoint = options.checkpoint if connection.share_values else None
        async with self._store.try_lock(connection.id) as locked:
            if not locked:
                raise SyncInProgress(connection.name)
            files = await self._files(connection.id, notes)
            stored = await self._store.load_stored(connection.id)
            old_body = await asyncio.to_thread(parse_body, stored.body) if stored else None
            previous = (
                PreviousScan(old_body, stored.change_tokens)
                if stored and old_body and not options.full
                else None
            )
            scanned = await scan(visible_target, files, progress, previous, checkpoint)
            context = _SyncContext(
                connection, scanned, files, progress, None if options.full else stored, old_body
            )
            report = await self._write(context, started)
        if report.changed:
            report = await self._maintain_indexes(connection.id, report)
        logger.info("map synchronized", extra={"connection": connection.name, "version": report.version})
        return report

    async def _maintain_indexes(self, connection_id: UUID, report: SyncReport) -> SyncReport:
        """Maintain the database indexes, and add the time it takes to the report."""
        start = time.perf_counter()
        await self._store.maintain_indexes(connection_id)
        duration = time.perf_counter() - start
        return replace(
            report,
            seconds=round(report.seconds + duration, 3),
            index_seconds=round(report.index_seconds + duration, 3),
            index_bytes=await self._store.bytes_on_disk(await self._store.size(connection_id)),
        )

    async def _write(self, context: "_SyncContext", started: float) -> SyncReport:
        """Write the scanned map, unless it equals the stored one."""
        scanned, stored, connection_id = context.scanned, context.stored, context.connection.id
        built = await asyncio.to_thread(build_map, scanned, context.files, self._embedder.name)
        start = embedded_at = time.perf_counter()
        if stored and stored.content_hash == built.hash:
            version, embedded = stored.version, 0
            await self._store.mark_checked(connection_id, scanned.change_tokens)
        else:
            diff = MapDiff(built, scanned, stored, context.old_body if stored else None, connection_id)
            revision = await diff.build_revision(context.files, self._embedder, context.progress)
            embedded_at = time.perf_counter()
            share_values = context.connection.share_values
            if context.old_body and contains_withheld_values(context.old_body, scanned.catalog, share_values):
                revision = replace(revision, discard_history=True)
            version, embedded = (
                await self._store.save_revision(connection_id, revision),
                len(revision.passages),
            )
        catalog = scanned.catalog
        return SyncReport(
            version=version,
            tables=len(catalog.tables),
            columns=sum(len(table.columns) for table in catalog),
            values=(await self._store.size(connection_id)).values,
            passages=len(built.passages),
            embedded=embedded,
            seconds=round(time.perf_counter() - started, 3),
            changed=stored is None or stored.version != version,
            drift=compare_catalogs(
                context.old_body.catalog if context.old_body else Catalog(catalog.dialect, ()), catalog
            ),
            problems=scanned.problems,
            embedding_seconds=round(embedded_at - start, 3),
            index_seconds=round(time.perf_counter() - embedded_at, 3),
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
class _SyncContext:
    """State of one sync. `stored` is None if everything must be written again."""

    connection: Connection
    scanned: ScanResult
    files: Sequence[NotesFile]
    progress: Progress
    stored: StoredMap | None
    old_body: MapBody | None

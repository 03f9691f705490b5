"""Schema syncs: update the map of a connection, directly or through the job queue, and follow progress."""

import asyncio
import logging
from asyncio import CancelledError
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from graph.admin.examples import ExampleCurator
from graph.background_tasks import cancel_all, run_in_background
from schema_docs.errors import MapError, NotMapped, SyncInProgress
from schema_docs.notes.files import NotesFile
from schema_docs.retriever import SchemaRetriever
from schema_docs.sync.sync import INCREMENTAL, SchemaSynchronizer, SyncOptions, SyncReport
from store.connections.connections import Connection, ConnectionStore
from store.database import Database
from store.errors import NotFound, StoreError, StoreUnavailable, TargetError
from store.maps.jobs import JobQueue, open_job_queue
from store.maps.syncs import SchemaSync, SchemaSyncStore
from store.progress import Progress
from store.targets.registry import TargetRegistry

# The database of conversations that name none, if there are several.
DEFAULT_DATABASE = "shop"


async def choose_database(connections: ConnectionStore, name: str | None) -> str:
    """Choose the connection of a conversation: the one named, else the only one, else the default.

    Raises `NotFound`.
    """
    if name is not None:
        return (await connections.find(name)).name
    names = [connection.name for connection in await connections.all()]
    return names[0] if len(names) == 1 else (await connections.find(DEFAULT_DATABASE)).name


async def find_connection(connections: ConnectionStore, name: str | None) -> Connection:
    """Return the connection that `choose_database` chooses. Raises `NotFound`."""
    return await connections.find(await choose_database(connections, name))


logger = logging.getLogger(__name__)

UpdateMap = Callable[[str, Progress, SyncOptions], Awaitable[SyncReport]]

# Interval at which the progress of a sync is stored, and at which its followers poll it.
PROGRESS_INTERVAL_S = 0.25
# PostgreSQL's limit for intervals is far above; this is "never".
MAX_AGE_S = 10.0**9


@dataclass(frozen=True)
class MapUpdater:
    """Updates the schema map of a connection, and checks its examples against the new version."""

    connections: ConnectionStore
    targets: TargetRegistry
    synchronizer: SchemaSynchronizer
    retriever: SchemaRetriever
    curator: ExampleCurator

    async def update(
        self,
        name: str,
        progress: Progress,
        options: SyncOptions = INCREMENTAL,
        notes: Path | Sequence[NotesFile] | None = None,
    ) -> SyncReport:
        """Sync the map of one connection, replacing its notes if new ones are given.

        Raises `NotFound`, `TargetUnavailable`, `SyncInProgress`.
        """
        connection, target = await self.connections.find(name), await self.targets.open(name)
        report = await self.synchronizer.sync(connection, target, notes, progress, options)
        while connection.share_values != (latest := await self.connections.find(name)).share_values:
            # The setting changed during the sync, so the stored values no longer match it.
            connection = latest
            report = await self.synchronizer.sync(connection, target, notes, progress, options)
        archived = await self._archive_broken_examples(connection, report.version)
        return replace(report, drift=replace(report.drift, examples_archived=tuple(archived)))

    async def load_default_map(self) -> None:
        """Load the schema map of the default database into memory, if there is one."""
        with suppress(NotFound, NotMapped, StoreUnavailable):
            await self.retriever.schema(await choose_database(self.connections, None))

    async def _archive_broken_examples(self, connection: Connection, version: int) -> Sequence[str]:
        """Check examples against the new map; return the questions of those that no longer pass."""
        unchecked = await self.curator.examples.list_unchecked(connection.id, version)
        if not unchecked:
            return ()
        catalog = (await self.retriever.schema(connection.name)).catalog
        return await self.curator.review(unchecked, connection.id, version, catalog)


@dataclass(frozen=True, slots=True)
class SyncSchedule:
    """Schedule of automatic syncs: maps older than `max_age_s`, or embedded by another `embedder`.

    With `max_age_s` 0, age does not matter.
    """

    max_age_s: float
    embedder: str


class SchemaSyncService:
    """Queue of schema syncs. All methods raise `StoreUnavailable`; `NotFound` for an unknown connection."""

    def __init__(self, syncs: SchemaSyncStore, update_map: UpdateMap, schedule: SyncSchedule) -> None:
        self._syncs = syncs
        self.update_map = update_map
        self._schedule = schedule
        # Set by `open_schema_sync`: the queue is opened with callbacks to this object.
        self.jobs: JobQueue

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Perform queued syncs while the block runs."""
        await self.enqueue_stale()
        async with run_in_background(self.jobs.run_worker(), self.jobs.retry_stalled()):
            yield

    async def request(self, name: str, *, full: bool = False) -> SchemaSync:
        """Queue a sync, or return the unfinished one. A `full` sync scans unchanged tables too.

        Raises `SyncInProgress` if a full sync is requested while an incremental one is unfinished.
        """
        requested = await self._syncs.request(name, full=full)
        if requested is None:
            raise NotFound("connection", name)
        sync, is_new = requested
        if is_new:
            await self._syncs.set_job(sync.id, await self.jobs.enqueue(sync.id, f"map {name}"))
        elif full and not sync.full:
            raise SyncInProgress(name)
        return sync

    async def cancel(self, name: str) -> SchemaSync:
        """Cancel the unfinished sync, if there is one; return the latest. Raises `NotFound`."""
        sync = await self.latest(name)
        if sync.finished_at is None:
            await self._syncs.request_cancel(sync.id)
            if sync.job_id is not None:
                await self.jobs.cancel(sync.job_id)
            if sync.status == "queued":
                await self._syncs.finish_cancelled(sync.id)
        return await self.latest(name)

    async def latest(self, name: str) -> SchemaSync:
        """Return the unfinished sync, or the last one. Raises `NotFound`."""
        syncs = await self._syncs.list_for_connection(name, 1)
        if not syncs:
            raise NotFound("sync", name)
        return syncs[0]

    async def follow(self, sync_id: UUID) -> AsyncGenerator[SchemaSync, None]:
        """Yield a sync whenever it has progressed, until it has finished."""
        previous: SchemaSync | None = None
        while (sync := await self._syncs.find(sync_id)) is not None:
            if sync != previous:
                yield sync
                previous = sync
            if sync.finished_at is not None:
                return
            await asyncio.sleep(PROGRESS_INTERVAL_S)

    async def wait(self, sync: SchemaSync, progress: Progress) -> SchemaSync:
        """Wait until a sync has finished, reporting its progress."""
        latest = sync
        async with aclosing(self.follow(sync.id)) as states:
            async for latest in states:
                if latest.task is not None:
                    progress(latest.task, latest.done, latest.total)
        return latest

    async def perform(self, sync_id: UUID) -> None:
        """Perform one sync and store its result. Unforeseen exceptions are stored and raised."""
        sync = await self._syncs.find(sync_id)
        if sync is None or not await self._syncs.start(sync_id):
            await self._syncs.finish_cancelled(sync_id)
            return
        try:
            report = await self._update_map(sync)
        except CancelledError:
            # Unless a cancellation was requested, this process is shutting down, and another will resume.
            await self._syncs.finish_cancelled(sync_id)
            raise
        except (MapError, StoreError, OSError) as failure:
            await self._syncs.finish(sync_id, error=_failure_message(failure))
        except Exception:
            await self._syncs.finish(sync_id, error="An internal error occurred; see the log for details.")
            raise
        else:
            await self._syncs.finish(sync_id, report=report_as_json(report))

    async def _update_map(self, sync: SchemaSync) -> SyncReport:
        recorder = _ProgressRecorder(self._syncs, sync.id)
        recording = asyncio.create_task(recorder.run())
        try:
            options = SyncOptions(full=sync.full, checkpoint=_StoredCheckpoint(self._syncs, sync.id))
            return await self.update_map(sync.connection, recorder, options)
        finally:
            await cancel_all([recording])

    async def enqueue_stale(self) -> None:
        """Queue syncs of the maps that are due by the schedule."""
        max_age_s = min(self._schedule.max_age_s or MAX_AGE_S, MAX_AGE_S)
        for name in await self._syncs.list_stale(max_age_s, self._schedule.embedder):
            await self.request(name)
            logger.info("scheduled schema sync queued", extra={"connection": name})


@asynccontextmanager
async def open_schema_sync(
    database: Database, update_map: UpdateMap, schedule: SyncSchedule
) -> AsyncIterator[SchemaSyncService]:
    """Open the service and its job queue. Raises `StoreUnavailable`."""
    service = SchemaSyncService(SchemaSyncStore(database), update_map, schedule)
    async with open_job_queue(database, service.perform, service.enqueue_stale) as jobs:
        service.jobs = jobs
        yield service


class _ProgressRecorder:
    """Progress callback that stores the latest progress at intervals."""

    def __init__(self, syncs: SchemaSyncStore, sync_id: UUID) -> None:
        self._syncs = syncs
        self._sync_id = sync_id
        self._latest: tuple[str, int, int] | None = None

    def __call__(self, task: str, done: int, total: int) -> None:
        self._latest = (task, done, total)

    async def run(self) -> None:
        stored = None
        while True:
            await asyncio.sleep(PROGRESS_INTERVAL_S)
            if self._latest is not None and self._latest != stored:
                stored = self._latest
                await self._syncs.update_progress(self._sync_id, *stored)


@dataclass(frozen=True)
class _StoredCheckpoint:
    """Checkpoint of an unfinished scan in the store, from which another process can resume."""

    syncs: SchemaSyncStore
    sync_id: UUID

    async def load(self) -> Mapping[str, str]:
        return await self.syncs.load_checkpoints(self.sync_id)

    async def save(self, profiles: Mapping[str, str]) -> None:
        await self.syncs.save_checkpoints(self.sync_id, profiles)


def report_as_json(report: SyncReport) -> dict[str, Any]:
    """Serialize a sync report, with a summary of its drift in words."""
    return {**asdict(report), "drift_in_words": str(report.drift)}


def _failure_message(failure: Exception) -> str:
    """Return the message of a failure. Those of the map, the store and targets are written for users."""
    if isinstance(failure, MapError | TargetError | StoreError):
        return str(failure)
    return "The notes could not be read."

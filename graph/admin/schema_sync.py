"""Maps brought up to date in the background: asked for, followed, cancelled, and done by whoever works."""

import asyncio
import logging
from asyncio import CancelledError
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from graph.background_tasks import beside, end_all
from schema_docs.errors import MapError, SyncInProgress
from schema_docs.sync.sync import Manner, SyncReport
from store.database import Database
from store.errors import NotFound, StoreError, TargetError
from store.maps.jobs import Jobs, open_jobs
from store.maps.syncs import Sync, Syncs
from store.progress import Progress

logger = logging.getLogger(__name__)

Survey = Callable[[str, Progress, Manner], Awaitable[SyncReport]]

# How often it is written down how far a sync is, and looked at by those who follow it.
TELL_EVERY_S = 0.25


@dataclass(frozen=True, slots=True)
class Timetable:
    """When maps are synced unasked: after so many seconds, or when `embedder` is not what made their vectors.

    `seconds` 0 leaves the first to people.
    """

    seconds: float
    embedder: str


class SyncDesk:
    """Where syncs are asked for. Raises `StoreUnavailable` everywhere, `NotFound` for a name nobody knows."""

    def __init__(self, syncs: Syncs, survey: Survey, timetable: Timetable) -> None:
        self._syncs = syncs
        self.survey = survey
        self._timetable = timetable
        # Opened right after: the queue calls back here.
        self.jobs: Jobs

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Do what is in the queue for as long as the block lasts."""
        await self.look_round()
        async with beside(self.jobs.work(), self.jobs.rescue()):
            yield

    async def ask(self, name: str, *, full: bool = False) -> Sync:
        """Have a map synced; `full`, as if nothing were known of it. Give the one under way, if there is one.

        Raises `SyncInProgress` where all is wanted, and a sync is under way that does less.
        """
        found = await self._syncs.ask(name, full=full)
        if found is None:
            raise NotFound("connection", name)
        sync, is_new = found
        if is_new:
            await self._syncs.has_job(sync.id, await self.jobs.put(sync.id, f"map {name}"))
        elif full and not sync.full:
            raise SyncInProgress(name)
        return sync

    async def cancel(self, name: str) -> Sync:
        """Stop the sync that is under way, if there is any; give the latest one. Raises `NotFound`."""
        sync = await self.latest(name)
        if sync.ended_at is None:
            await self._syncs.want_cancelled(sync.id)
            if sync.job is not None:
                await self.jobs.stop(sync.job)
            if sync.status == "queued":
                await self._syncs.end_cancelled(sync.id)
        return await self.latest(name)

    async def latest(self, name: str) -> Sync:
        """Give the sync that is under way, or the last one. Raises `NotFound`."""
        found = await self._syncs.of(name, 1)
        if not found:
            raise NotFound("sync", name)
        return found[0]

    async def follow(self, sync_id: UUID) -> AsyncGenerator[Sync, None]:
        """Give a sync whenever it has got further, and last when it has ended."""
        told: Sync | None = None
        while (sync := await self._syncs.find(sync_id)) is not None:
            if sync != told:
                yield sync
                told = sync
            if sync.ended_at is not None:
                return
            await asyncio.sleep(TELL_EVERY_S)

    async def perform(self, sync_id: UUID) -> None:
        """Do one sync. What goes wrong is written down; what nobody foresaw is raised too."""
        sync = await self._syncs.find(sync_id)
        if sync is None or not await self._syncs.begin(sync_id):
            await self._syncs.end_cancelled(sync_id)
            return
        try:
            brought = await self._survey_telling(sync)
        except CancelledError:
            # Without a wish to cancel, it is this process that ends: somebody else will go on.
            await self._syncs.end_cancelled(sync_id)
            raise
        except (MapError, StoreError, OSError) as failure:
            await self._syncs.end(sync_id, error=_in_a_sentence(failure))
        except Exception:
            await self._syncs.end(
                sync_id, error="It failed in a way nobody foresaw; the log has the details."
            )
            raise
        else:
            await self._syncs.end(sync_id, report=as_plain(brought))

    async def _survey_telling(self, sync: Sync) -> SyncReport:
        teller = _Teller(self._syncs, sync.id)
        telling = asyncio.create_task(teller.tell_now_and_then())
        try:
            manner = Manner(full=sync.full, memo=_Memo(self._syncs, sync.id))
            return await self.survey(sync.connection, teller, manner)
        finally:
            await end_all([telling])

    async def look_round(self) -> None:
        """Ask for what is due."""
        seconds = self._timetable.seconds or float("inf")
        for name in await self._syncs.due(min(seconds, 10.0**9), self._timetable.embedder):
            await self.ask(name)
            logger.info("a sync is due", extra={"connection": name})


@asynccontextmanager
async def open_desk(database: Database, survey: Survey, timetable: Timetable) -> AsyncIterator[SyncDesk]:
    """Open the desk with the queue behind it. Raises `StoreUnavailable`."""
    desk = SyncDesk(Syncs(database), survey, timetable)
    async with open_jobs(database, desk.perform, desk.look_round) as jobs:
        desk.jobs = jobs
        yield desk


class _Teller:
    """Takes note of progress at once, and writes it down now and then."""

    def __init__(self, syncs: Syncs, sync_id: UUID) -> None:
        self._syncs = syncs
        self._sync_id = sync_id
        self._latest: tuple[str, int, int] | None = None

    def __call__(self, task: str, done: int, total: int) -> None:
        self._latest = (task, done, total)

    async def tell_now_and_then(self) -> None:
        told = None
        while True:
            await asyncio.sleep(TELL_EVERY_S)
            if self._latest is not None and self._latest != told:
                told = self._latest
                await self._syncs.tell(self._sync_id, *told)


@dataclass(frozen=True)
class _Memo:
    """What one sync has noted, for whoever goes on with it."""

    syncs: Syncs
    sync_id: UUID

    async def recall(self) -> Mapping[str, str]:
        return await self.syncs.recall(self.sync_id)

    async def note(self, looks: Mapping[str, str]) -> None:
        await self.syncs.note(self.sync_id, looks)


def as_plain(brought: SyncReport) -> dict[str, Any]:
    """Give a report as JSON has it, with its drift in words too."""
    return {**asdict(brought), "drift_in_words": str(brought.drift)}


def _in_a_sentence(failure: Exception) -> str:
    """Say what went wrong; the errors of the map, the store and targets are made to be read."""
    if isinstance(failure, MapError | TargetError | StoreError):
        return str(failure)
    return "The notes could not be read."

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from graph.admin.schema_sync import SchemaSyncService, SyncSchedule, open_schema_sync
from schema_docs.errors import SyncInProgress
from schema_docs.sync.drift import SchemaDrift
from schema_docs.sync.sync import SyncOptions, SyncReport
from store.connections.connections import ConnectionStore
from store.connections.encryption import CredentialCipher
from store.database import Database
from store.errors import NotFound, TargetUnavailable
from store.maps.syncs import SchemaSync
from store.progress import Progress

BROUGHT = SyncReport(3, 2, 9, 40, 11, 1, 0.1, True, SchemaDrift(columns_added=("a.b",)))


@dataclass
class Surveys:
    """Surveys that end when they may, or fail."""

    failure: Exception | None = None
    resume: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    manners: list[SyncOptions] = field(default_factory=list)

    async def survey(self, name: str, progress: Progress, manner: SyncOptions) -> SyncReport:
        self.manners.append(manner)
        progress("Looking", 1, 2)
        self.begun.set()
        await self.resume.wait()
        if self.failure:
            raise self.failure
        return BROUGHT


@asynccontextmanager
async def schema_sync_of(
    database: Database, surveys: Surveys, seconds: float = 0
) -> AsyncIterator[SchemaSyncService]:
    await ConnectionStore(database, CredentialCipher(bytes(32))).replace("pets", "sqlite:///pets.sqlite", "")
    async with (
        open_schema_sync(database, surveys.survey, SyncSchedule(seconds, "words")) as schema_sync,
        schema_sync.working(),
    ):
        yield schema_sync


async def follow(schema_sync: SchemaSyncService, sync: SchemaSync) -> list[SchemaSync]:
    async with asyncio.timeout(20):
        return [told async for told in schema_sync.follow(sync.id)]


async def test_a_sync_is_done_in_the_background_and_followed_to_its_end(database: Database) -> None:
    surveys = Surveys()
    async with schema_sync_of(database, surveys) as schema_sync:
        sync = await schema_sync.request("pets", full=True)
        states = []
        async with asyncio.timeout(20):
            async for state in schema_sync.follow(sync.id):
                states.append((state.task, state.done, state.total))
                if state.done == 1:
                    surveys.resume.set()
        last = await schema_sync.latest("pets")
    assert ("Looking", 1, 2) in states
    assert last.status == "done"
    assert last.report is not None
    assert (last.report["version"], last.report["drift_in_words"]) == (3, "1 column added")
    assert surveys.manners[0].full


async def test_who_asks_again_is_given_the_one_under_way_unless_it_does_less(database: Database) -> None:
    async with schema_sync_of(database, Surveys()) as schema_sync:
        sync = await schema_sync.request("pets")
        assert (await schema_sync.request("pets")).id == sync.id
        with pytest.raises(SyncInProgress):
            await schema_sync.request("pets", full=True)


async def test_a_sync_is_cancelled_while_it_works(database: Database) -> None:
    surveys = Surveys()
    async with schema_sync_of(database, surveys) as schema_sync:
        sync = await schema_sync.request("pets")
        await asyncio.wait_for(surveys.begun.wait(), 10)
        await schema_sync.cancel("pets")
        assert (await follow(schema_sync, sync))[-1].status == "cancelled"
        assert (await schema_sync.request("pets")).id != sync.id


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        (TargetUnavailable("The database is gone."), "The database is gone."),
        (OSError("/secret/path"), "The notes could not be read."),
        (RuntimeError("secret"), "An internal error occurred; see the log for details."),
    ],
)
async def test_a_sync_that_fails_says_why(database: Database, failure: Exception, sentence: str) -> None:
    surveys = Surveys(failure)
    surveys.resume.set()
    async with schema_sync_of(database, surveys) as schema_sync:
        ended = (await follow(schema_sync, await schema_sync.request("pets")))[-1]
    assert (ended.status, ended.error) == ("failed", sentence)


async def test_what_a_process_leaves_unfinished_is_finished_by_the_next(database: Database) -> None:
    first, second = Surveys(), Surveys()
    async with schema_sync_of(database, first) as schema_sync:
        sync = await schema_sync.request("pets")
        await asyncio.wait_for(first.begun.wait(), 10)
    second.resume.set()
    async with schema_sync_of(database, second) as schema_sync:
        assert (await schema_sync.latest("pets")).status == "running"
        ended = (await follow(schema_sync, sync))[-1]
    assert (ended.status, ended.attempts) == ("done", 2)


async def test_what_is_due_is_asked_for(database: Database) -> None:
    surveys = Surveys()
    async with schema_sync_of(database, surveys, seconds=60) as schema_sync:
        await schema_sync.enqueue_stale()
        with pytest.raises(NotFound):
            await schema_sync.latest("pets")
        async with database.pool.connection() as connection:
            await connection.execute(
                "INSERT INTO maps (connection_id, version, content_hash, change_tokens, embedder, synced_at,"
                " checked_at) "
                "SELECT id, 1, '', '{}', 'words', now(), now() - interval '2 minutes' FROM connections"
            )
        await schema_sync.enqueue_stale()
        assert (await schema_sync.latest("pets")).finished_at is None


async def test_a_name_nobody_knows_is_told(database: Database) -> None:
    async with schema_sync_of(database, Surveys()) as schema_sync:
        with pytest.raises(NotFound):
            await schema_sync.request("cars")
        with pytest.raises(NotFound):
            await schema_sync.cancel("pets")

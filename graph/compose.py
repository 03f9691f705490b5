"""The composition root: everything that must be opened, in order, and closed in reverse."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from agent.guard.worker_pool import Judges
from graph.access import Accesses
from graph.admin.examples import Curator
from graph.admin.schema_sync import SyncDesk, Timetable, open_desk
from graph.background_tasks import warming
from graph.build import build_graph
from graph.factories import budget_of, late_builtin, open_analyst, open_embedders
from graph.nodes import Nodes
from graph.ports import Policy
from graph.runs.service import Runner, open_runner
from graph.runs.worker import Rules
from graph.saver import PooledSaver
from graph.settings import Settings
from graph.steps.query_cache import Recall
from schema_docs.errors import NotMapped
from schema_docs.notes.files import NotesFile
from schema_docs.retriever import Library
from schema_docs.sync.sync import INCREMENTAL, Surveyor, SyncReport
from schema_docs.sync.sync import Manner as SurveyManner
from store.access.policies import Policies
from store.access.roles import Standing
from store.connections.connections import Connection, Connections
from store.connections.encryption import open_sealer
from store.conversations import Conversations
from store.database import Database, open_database
from store.embedded.server import Embedded, open_embedded
from store.errors import NotFound, StoreUnavailable
from store.examples import Examples
from store.maps.maps import MapStore
from store.maps.note_sets import NoteSets
from store.migrate import migrate
from store.progress import Progress
from store.rows import Limits
from store.runs.runs import Ledger
from store.sample.load import NOTES, create_shop
from store.targets.host_allowlist import Hosts
from store.targets.registry import Targets


def policy_of(settings: Settings) -> Policy:
    """What the operator decided about every turn."""
    return Policy(
        limits=Limits(rows=settings.max_rows, seconds=settings.query_timeout_s),
        approve=settings.approve,
        clarify=settings.clarify,
        drafts=settings.drafts,
        budget=budget_of(settings),
    )


def hosts_of(settings: Settings, store_url: str) -> Hosts:
    """What connections may reach that somebody else than the operator gives."""
    parts = urlsplit(store_url)
    own = ((parts.hostname, parts.port or 5432),) if parts.hostname else ()
    return Hosts(settings.private_hosts, own)


def rules_of(settings: Settings) -> Rules:
    """What the operator decided about runs."""
    return Rules(
        lease_s=settings.lease_s,
        answer_within_s=settings.answer_within_s or None,
        runs_per_asker=settings.runs_per_asker or None,
        runs_here=settings.runs_here or None,
        keep_events_s=settings.keep_events_days * 86_400 or None,
    )


OUR_DATABASE = "querent"
SAMPLE = "shop"
SAMPLE_DESCRIPTION = "A small web shop with three years of orders, made up."


@dataclass(frozen=True)
class Parts:
    """What the six nodes stand on, open."""

    database: Database
    saver: PooledSaver
    connections: Connections
    targets: Targets
    library: Library
    surveyor: Surveyor
    nodes: Nodes
    policies: Policies
    note_sets: NoteSets
    curator: Curator

    async def survey(
        self,
        name: str,
        progress: Progress,
        manner: SurveyManner = INCREMENTAL,
        notes: Path | Sequence[NotesFile] | None = None,
    ) -> SyncReport:
        """Bring the map of one connection up to date, with other notes if they are given.

        Raises `NotFound`, `TargetUnavailable`, `SyncInProgress`.
        """
        connection, target = await self.connections.find(name), await self.targets.of(name)
        report = await self.surveyor.sync(connection, target, notes, progress, manner)
        while connection.tells_values != (now := await self.connections.find(name)).tells_values:
            # It was switched while we looked: what was kept is now too much, or too little.
            connection = now
            report = await self.surveyor.sync(connection, target, notes, progress, manner)
        retired = await self._retired(connection, report.version)
        return replace(report, drift=replace(report.drift, examples_retired=tuple(retired)))

    async def _retired(self, connection: Connection, version: int) -> Sequence[str]:
        """Hold examples against the new map; give the questions of those that no longer stand up to it."""
        waiting = await self.curator.examples.unjudged(connection.id, version)
        if not waiting:
            return ()
        catalog = (await self.library.schema(connection.name)).catalog
        return await self.curator.review(waiting, connection.id, version, catalog)

    async def read_map(self) -> None:
        """Read the map that is asked when none is named, where there is one."""
        with suppress(NotFound, NotMapped, StoreUnavailable):
            await self.library.schema(await self.choose_database(None))

    async def choose_database(self, name: str | None) -> str:
        """Name the connection a conversation is about: the one asked for, or the only one, or the sample.

        Raises `NotFound`.
        """
        if name is not None:
            return (await self.connections.find(name)).name
        names = [connection.name for connection in await self.connections.all()]
        return names[0] if len(names) == 1 else (await self.connections.find(SAMPLE)).name


@dataclass(frozen=True)
class Service:
    """All that the door needs, open."""

    settings: Settings
    parts: Parts
    runner: Runner
    conversations: Conversations
    desk: SyncDesk

    @property
    def analyst(self) -> str:
        """Who answers."""
        return self.parts.nodes.analyst.name

    async def health(self) -> dict[str, bool]:
        """Say which parts answer."""
        return {"store": await self.parts.database.answers()}


@asynccontextmanager
async def open_service(settings: Settings, progress: Progress) -> AsyncIterator[Service]:
    """Open everything; on a fresh data folder also make everything.

    Raises `StoreUnavailable`. Several processes may do this at once on one data folder.
    """
    async with open_parts(settings, progress) as parts:
        graph = build_graph(parts.nodes, parts.saver)
        ledger = Ledger(parts.database)
        conversations = Conversations(parts.database.engine)
        async with (
            open_runner(graph, ledger, conversations, rules_of(settings)) as runner,
            open_desk(parts.database, parts.survey, timetable_of(settings, parts)) as desk,
            desk.working(),
        ):
            yield Service(settings, parts, runner, conversations, desk)


@asynccontextmanager
async def open_parts(settings: Settings, progress: Progress) -> AsyncIterator[Parts]:
    """Open the ground, the map and the mind. Raises as `open_service`."""
    async with AsyncExitStack() as stack:
        # Its files are read while PostgreSQL starts.
        reading = asyncio.ensure_future(asyncio.to_thread(open_embedders, settings))
        stack.callback(reading.cancel)
        embedded, url = await _open_ground(settings, stack)
        database = await stack.enter_async_context(open_database(url))
        saver = PooledSaver(database.pool)
        await migrate(database, also=saver.setup)
        secret = settings.secret_key.get_secret_value() if settings.secret_key else None
        sealer = await asyncio.to_thread(open_sealer, settings.data, secret)
        connections = Connections(database, sealer)
        targets = await stack.enter_async_context(Targets(connections.whereabouts, hosts_of(settings, url)))
        judges = await stack.enter_async_context(Judges())
        embedders = await reading
        maps, policies = MapStore(database), Policies(database)
        accesses = Accesses(policies, Standing(settings.role, settings.claims))
        examples = Examples(database.engine)
        library = Library(maps, *embedders, examples=examples)
        who = await open_analyst(settings, stack, late_builtin())
        recall = Recall(settings.recall)
        parts = Parts(
            database=database,
            saver=saver,
            connections=connections,
            targets=targets,
            library=library,
            surveyor=Surveyor(maps, embedders[0]),
            nodes=Nodes(
                who.analyst, library, targets, judges.judge, policy_of(settings), date.today, accesses, recall
            ),
            policies=policies,
            note_sets=NoteSets(database.engine),
            curator=Curator(examples, judges.judge),
        )
        if embedded is not None:
            await _bring_sample(parts, maps, embedded, progress)
        await stack.enter_async_context(warming(who.warm, parts.read_map))
        yield parts


def timetable_of(settings: Settings, parts: Parts) -> Timetable:
    """Say when maps are synced unasked."""
    return Timetable(settings.sync_every_h * 3600, parts.surveyor.embedder)


async def migrate_store(settings: Settings) -> None:
    """Bring the store's tables up to date, and do nothing else. Raises `StoreUnavailable`."""
    async with AsyncExitStack() as stack:
        _, url = await _open_ground(settings, stack)
        database = await stack.enter_async_context(open_database(url))
        await migrate(database, also=PooledSaver(database.pool).setup)


async def _open_ground(settings: Settings, stack: AsyncExitStack) -> tuple[Embedded | None, str]:
    if settings.store_url is not None:
        return None, settings.store_url.get_secret_value()
    embedded = await stack.enter_async_context(open_embedded(settings.data))
    await embedded.create_database(OUR_DATABASE)
    return embedded, embedded.url(OUR_DATABASE)


async def _bring_sample(parts: Parts, maps: MapStore, embedded: Embedded, progress: Progress) -> None:
    """Make the sample shop and its map, where they are not there yet."""
    shop = await create_shop(embedded, progress)
    await parts.connections.replace(SAMPLE, shop.url, SAMPLE_DESCRIPTION)
    if shop.is_new or await maps.head(SAMPLE) is None:
        await parts.survey(SAMPLE, progress, notes=NOTES)

"""Composition root: constructs and opens all components in order, and closes them in reverse."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from agent.guard.worker_pool import JudgePool
from graph.access import AccessResolver
from graph.admin.connections import ConnectionAdmin
from graph.admin.examples import ExampleAdmin, ExampleCurator
from graph.admin.notes import NoteAdmin
from graph.admin.policies import PolicyAdmin
from graph.admin.relations import RelationAdmin
from graph.admin.schema_sync import (
    DEFAULT_DATABASE,
    MapUpdater,
    SchemaSyncService,
    SyncSchedule,
    open_schema_sync,
)
from graph.background_tasks import run_in_background, warm_up
from graph.build import Assistant, build_graph
from graph.factories import budget_limits, lazy_builtin, open_analyst, open_embedders
from graph.nodes import Nodes
from graph.ports import RunConfig
from graph.run_context import RunContextFactory
from graph.runs.service import RunService, open_run_service
from graph.runs.worker import WorkerConfig
from graph.saver import PooledSaver
from graph.settings import Settings
from graph.steps.query_cache import QueryCache
from schema_docs.retriever import SchemaRetriever
from schema_docs.sync.sync import SchemaSynchronizer, ignore_progress
from store.access.policies import PolicyStore
from store.access.roles import Principal
from store.connections.connections import ConnectionStore
from store.connections.encryption import load_cipher
from store.conversations import ConversationStore
from store.database import Database, open_database
from store.embedded.server import EmbeddedServer, open_embedded_server
from store.examples import ExampleStore
from store.maps.maps import MapStore
from store.maps.note_sets import NoteSetStore
from store.migrate import migrate
from store.progress import Progress
from store.rows import Limits
from store.runs.runs import RunStore
from store.sample.load import NOTES_FILE, create_sample_database
from store.targets.host_allowlist import HostAllowlist
from store.targets.registry import TargetRegistry


def run_config(settings: Settings) -> RunConfig:
    """Translate the settings into the configuration of all runs."""
    return RunConfig(
        limits=Limits(rows=settings.max_rows, seconds=settings.query_timeout_s),
        approve=settings.approve,
        clarify=settings.clarify,
        drafts=settings.drafts,
        budget=budget_limits(settings),
    )


def host_allowlist(settings: Settings, store_url: str) -> HostAllowlist:
    """Translate the settings into the hosts that connections added over the API may reach.

    The store itself is never among them.
    """
    address = urlsplit(store_url)
    own = ((address.hostname, address.port or 5432),) if address.hostname else ()
    return HostAllowlist(settings.private_hosts, own)


def worker_config(settings: Settings) -> WorkerConfig:
    """Translate the settings into the configuration of the run worker."""
    return WorkerConfig(
        lease_s=settings.lease_s,
        interrupt_timeout_s=settings.interrupt_timeout_s or None,
        max_runs_per_user=settings.max_runs_per_user or None,
        max_runs=settings.max_runs or None,
        keep_events_s=settings.keep_events_days * 86_400 or None,
    )


STORE_DATABASE = "querent"
SAMPLE_DESCRIPTION = "A small web shop with three years of orders, made up."


@dataclass(frozen=True)
class Admin:
    """The administrative use cases, for the CLI and the API."""

    connections: ConnectionAdmin
    schema_sync: SchemaSyncService
    notes: NoteAdmin
    relations: RelationAdmin
    examples: ExampleAdmin
    policies: PolicyAdmin


@dataclass(frozen=True)
class Components:
    """The open components that the graph, the CLI and the API share."""

    database: Database
    saver: PooledSaver
    connections: ConnectionStore
    targets: TargetRegistry
    retriever: SchemaRetriever
    nodes: Nodes
    contexts: RunContextFactory
    policies: PolicyStore
    maps: MapUpdater
    admin: Admin


@dataclass(frozen=True)
class Service:
    """The open service, as transport uses it."""

    settings: Settings
    components: Components
    runner: RunService
    conversations: ConversationStore

    @property
    def admin(self) -> Admin:
        """The administrative use cases."""
        return self.components.admin

    @property
    def analyst(self) -> str:
        """The name of the analyst in use."""
        return self.components.nodes.analyst.name

    async def health(self) -> dict[str, bool]:
        """Return which components respond."""
        return {"store": await self.components.database.is_available()}


@asynccontextmanager
async def open_service(settings: Settings, progress: Progress = ignore_progress) -> AsyncIterator[Service]:
    """Open the service; on a fresh data folder, create the store and the sample database.

    Raises `StoreUnavailable`. Several processes may share one data folder.
    """
    async with open_components(settings, progress) as components:
        graph = build_graph(components.nodes, components.saver)
        assistant, runs = Assistant(graph, components.contexts), RunStore(components.database)
        conversations = ConversationStore(components.database)
        async with (
            open_run_service(assistant, runs, conversations, worker_config(settings)) as runner,
            components.admin.schema_sync.working(),
        ):
            yield Service(settings, components, runner, conversations)


@asynccontextmanager
async def open_components(settings: Settings, progress: Progress) -> AsyncIterator[Components]:
    """Open the store, the targets, the schema retriever and the analyst. Raises as `open_service`."""
    async with AsyncExitStack() as stack:
        # The model files are read while PostgreSQL starts.
        loading = asyncio.ensure_future(asyncio.to_thread(open_embedders, settings))
        stack.callback(loading.cancel)
        embedded, url = await _open_store(settings, stack)
        database = await stack.enter_async_context(open_database(url))
        saver = PooledSaver(database.pool)
        await migrate(database, extra_setup=saver.setup)
        connections = await _open_connections(settings, database)
        targets = await stack.enter_async_context(
            TargetRegistry(connections.resolve, host_allowlist(settings, url))
        )
        judges = await stack.enter_async_context(JudgePool())
        embedders = await loading
        maps, policies = MapStore(database), PolicyStore(database)
        config, examples = run_config(settings), ExampleStore(database)
        access = AccessResolver(policies, Principal(settings.role, settings.claims))
        retriever = SchemaRetriever(maps, *embedders, examples=examples)
        selection = await open_analyst(settings, stack, lazy_builtin())
        curator = ExampleCurator(examples, judges.judge)
        updater = MapUpdater(connections, targets, SchemaSynchronizer(maps, embedders[0]), retriever, curator)
        components = Components(
            database=database,
            saver=saver,
            connections=connections,
            targets=targets,
            retriever=retriever,
            nodes=Nodes(selection.analyst, config, QueryCache(settings.query_cache_size)),
            contexts=RunContextFactory(retriever, targets, judges.judge, config, date.today, access),
            policies=policies,
            maps=updater,
            admin=await _open_admin(settings, stack, database, updater, policies),
        )
        if embedded is not None:
            await _create_sample(components, maps, embedded, progress)
        await stack.enter_async_context(warm_up(selection.warm_up, updater.load_default_map))
        yield components


async def _open_connections(settings: Settings, database: Database) -> ConnectionStore:
    secret = settings.secret_key.get_secret_value() if settings.secret_key else None
    return ConnectionStore(database, await asyncio.to_thread(load_cipher, settings.data, secret))


async def _open_admin(
    settings: Settings, stack: AsyncExitStack, database: Database, maps: MapUpdater, policies: PolicyStore
) -> Admin:
    schedule = SyncSchedule(settings.sync_every_h * 3600, maps.synchronizer.embedder)
    schema_sync = await stack.enter_async_context(open_schema_sync(database, maps.update, schedule))
    notes = NoteAdmin(NoteSetStore(database), maps)
    return Admin(
        connections=ConnectionAdmin(maps.connections, maps.targets, schema_sync),
        schema_sync=schema_sync,
        notes=notes,
        relations=RelationAdmin(maps.retriever, notes),
        examples=ExampleAdmin(maps.retriever, maps.curator),
        policies=PolicyAdmin(maps.connections, maps.retriever, policies),
    )


async def migrate_store(settings: Settings) -> None:
    """Migrate the store's tables, and do nothing else. Raises `StoreUnavailable`."""
    async with AsyncExitStack() as stack:
        _, url = await _open_store(settings, stack)
        database = await stack.enter_async_context(open_database(url))
        await migrate(database, extra_setup=PooledSaver(database.pool).setup)


async def _open_store(settings: Settings, stack: AsyncExitStack) -> tuple[EmbeddedServer | None, str]:
    if settings.store_url is not None:
        return None, settings.store_url.get_secret_value()
    embedded = await stack.enter_async_context(open_embedded_server(settings.data))
    await stack.enter_async_context(run_in_background(embedded.supervise()))
    await embedded.create_database(STORE_DATABASE)
    return embedded, embedded.url(STORE_DATABASE)


async def _create_sample(
    components: Components, maps: MapStore, embedded: EmbeddedServer, progress: Progress
) -> None:
    """Create the sample shop and its schema map unless they exist."""
    shop = await create_sample_database(embedded, progress)
    await components.connections.replace(DEFAULT_DATABASE, shop.url, SAMPLE_DESCRIPTION)
    if shop.is_new or await maps.head(DEFAULT_DATABASE) is None:
        await components.maps.update(DEFAULT_DATABASE, progress, notes=NOTES_FILE)

"""The real service on a real store and a real port; only who thinks and who is asked follow a script."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from agent.analyst import Draft, Intent, Story, Task
from graph.access import Accesses
from graph.admin.schema_sync import Timetable, open_desk
from graph.build import build_graph
from graph.compose import Parts, Service, rules_of
from graph.nodes import Nodes
from graph.ports import Policy
from graph.runs.service import open_runner
from graph.settings import Settings
from graph.state import KEPT
from schema_docs.sync.sync import Manner, SyncReport
from store.access.approved_query import Approved
from store.access.policies import Policies
from store.access.roles import Standing
from store.connections.connections import Connections
from store.connections.encryption import Sealer
from store.conversations import Conversations
from store.database import Database
from store.errors import TargetUnavailable
from store.progress import Progress
from store.rows import Limits, Rows
from store.runs.runs import Ledger
from tests.fakes import OneMap, ScriptedAnalyst, ScriptedTarget, judged
from transport.app import build_app
from transport.server import Server, listen, serve

GOOD = Draft(sql="SELECT name FROM pets", reading="the names of all pets")


@dataclass
class PatientAnalyst(ScriptedAnalyst):
    """Drafts the same query again and again; while `held` it does not get to the end of its words."""

    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    held: bool = False
    stopped: bool = False

    async def draft(self, task: Task) -> Draft | Intent:
        self.tasks.append(task)
        return self.drafts.pop(0) if self.drafts else GOOD

    async def narrate(self, story: Story) -> AsyncIterator[str]:
        self.stories.append(story)
        try:
            for word in self.words:
                yield word
                if self.held:
                    await self.go_on.wait()
        except asyncio.CancelledError:
            self.stopped = True
            raise


@dataclass
class BreakableTarget(ScriptedTarget):
    """Gives rows until it breaks."""

    breaks: Exception | None = None

    async def run(self, approved: Approved, limits: Limits) -> Rows:
        if self.breaks is not None:
            raise self.breaks
        return await super().run(approved, limits)


@dataclass
class Served:
    """A service that answers on a port of this machine."""

    service: Service
    analyst: PatientAnalyst
    target: BreakableTarget
    port: int

    def begin_again(self) -> None:
        """Forget what was said and done before."""
        for part in (self.analyst, self.target):
            vars(part).update(vars(type(part)()))

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def events(self, thread: str) -> str:
        return f"ws://127.0.0.1:{self.port}/threads/{thread}/stream/events"


@asynccontextmanager
async def open_scripted(
    database: Database, analyst: PatientAnalyst, target: ScriptedTarget, **settings: Any
) -> AsyncIterator[Service]:
    """Open a service about one database named `pets`."""
    # What stands in the environment of whoever tests does not count.
    decided = Settings.model_validate(settings)
    policy = Policy(limits=Limits(), approve=settings.get("approve", "never"))
    policies = Policies(database)
    accesses = Accesses(policies, Standing(decided.role, decided.claims))
    nodes = Nodes(analyst, OneMap(), target, judged, policy, lambda: date(2026, 11, 21), accesses)
    conversations = Conversations(database.engine)
    connections = Connections(database, Sealer(bytes(32)))
    await connections.replace("pets", "sqlite:///pets.sqlite", "Some pets.")
    absent = cast(Any, None)  # nothing here reads a map or opens a target
    parts = Parts(database, absent, connections, absent, absent, absent, nodes, policies, absent, absent)
    saver = InMemorySaver(serde=JsonPlusSerializer(allowed_msgpack_modules=KEPT))
    graph = build_graph(nodes, saver)
    async with (
        open_runner(graph, Ledger(database), conversations, rules_of(decided)) as runner,
        open_desk(database, _no_survey, Timetable(0, "words")) as desk,
    ):
        yield Service(decided, parts, runner, conversations, desk)


async def _no_survey(name: str, progress: Progress, manner: Manner) -> SyncReport:
    """Say that there is nothing to survey; a test that wants to puts another one in its place."""
    raise TargetUnavailable("There is no database behind this.")


@asynccontextmanager
async def serving(database: Database, **settings: Any) -> AsyncIterator[Served]:
    """Serve until left."""
    analyst, target = PatientAnalyst(), BreakableTarget()
    async with open_scripted(database, analyst, target, **settings) as service:
        listener = listen("127.0.0.1", 0)
        stop, ready, closing = asyncio.Event(), asyncio.Event(), asyncio.Event()
        server = Server(build_app(service, closing), closing, ready.set)
        running = asyncio.create_task(serve(server, listener, stop))
        await ready.wait()
        try:
            yield Served(service, analyst, target, listener.getsockname()[1])
        finally:
            analyst.go_on.set()
            stop.set()
            await running

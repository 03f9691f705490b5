"""Runs of a scripted graph on a real store."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from agent.analyst import Draft, Story
from graph.build import build_graph
from graph.nodes import Nodes
from graph.ports import Policy
from graph.runs.service import Runner, open_runner
from graph.runs.worker import Rules
from graph.saver import PooledSaver
from store.conversations import Conversations
from store.database import Database
from store.migrate import migrate
from store.rows import Limits
from store.runs.events import LoggedEvent
from store.runs.runs import Ledger
from tests.fakes import OneMap, ScriptedAnalyst, ScriptedTarget, judged

GOOD = Draft(sql="SELECT name FROM pets")
ENDS = {"completed", "failed", "interrupted", "cancelled"}


@dataclass
class PatientAnalyst(ScriptedAnalyst):
    """Begins to speak, then waits until it is let go on."""

    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def narrate(self, story: Story) -> AsyncIterator[str]:
        yield "Well, "
        await self.go_on.wait()
        yield "here."


@asynccontextmanager
async def running(
    database: Database,
    analyst: Any,
    target: Any = None,
    lease_s: float = 10.0,
    rules: Rules | None = None,
    **policy: Any,
) -> AsyncIterator[Runner]:
    nodes = Nodes(
        analyst=analyst,
        library=OneMap(),
        targets=target or ScriptedTarget(),
        judge=judged,
        policy=Policy(limits=Limits(), **policy),
        today=lambda: date(2026, 11, 21),
    )
    saver = PooledSaver(database.pool)
    await migrate(database, also=saver.setup)
    graph = build_graph(nodes, saver)
    async with open_runner(
        graph, Ledger(database), Conversations(database.engine), rules or lease_s
    ) as runner:
        yield runner


async def conversation(database: Database) -> UUID:
    return (await Conversations(database.engine).create("me", "pets")).id


async def to_the_end(runner: Runner, here: UUID, since: int = 0) -> list[LoggedEvent]:
    """All events after `since` up to the next ending."""
    heard: list[LoggedEvent] = []
    async with asyncio.timeout(20), aclosing(runner.watch("me", here, since)) as pages:
        async for page in pages:
            heard += page
            if any(event.channel == "lifecycle" and event.payload["event"] in ENDS for event in page):
                return heard
    raise AssertionError("the log ended before the run")


def texts(events: list[LoggedEvent]) -> str:
    return "".join(event.payload["delta"]["text"] for event in events if "delta" in event.payload)

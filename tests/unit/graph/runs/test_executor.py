import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import pytest

from agent.analyst import Memory, Turn
from graph.runs.event_writer import Journal
from graph.runs.executor import Drive
from store.runs.events import LoggedEvent, NewEvent
from store.runs.records import Run, RunEnd, RunStatus
from tests.fakes import run_of


class NeverDone:
    """A graph that never comes to an end."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()

    async def astream(self, *_: Any, **__: Any) -> AsyncIterator[Any]:
        self.begun.set()
        await asyncio.Event().wait()
        yield


class SlowLedger:
    """Takes its time with the end of a run."""

    def __init__(self) -> None:
        self.ending = asyncio.Event()
        self.go_on = asyncio.Event()
        self.ended: list[RunStatus] = []

    async def append(self, run: Run, events: Sequence[NewEvent], owner: str) -> list[LoggedEvent]:
        return []

    async def finish(
        self, run: Run, status: RunStatus, owner: str, end: RunEnd, last: Sequence[NewEvent]
    ) -> list[LoggedEvent]:
        self.ending.set()
        await self.go_on.wait()
        self.ended.append(status)
        return []


async def test_a_run_that_is_stopped_twice_still_writes_its_end() -> None:
    graph, ledger = NeverDone(), SlowLedger()
    run = run_of(uuid4())
    drive = Drive(cast(Any, graph), run, Journal(cast(Any, ledger), run, "me", lambda *_: None))
    task = drive.begin({"question": "Why?", "database": "pets"})
    await graph.begun.wait()
    drive.stop()
    await ledger.ending.wait()
    drive.stop()
    ledger.go_on.set()
    await task
    assert ledger.ended == ["cancelled"]


async def test_a_run_that_is_stopped_before_its_first_step_writes_its_end() -> None:
    graph, ledger = NeverDone(), SlowLedger()
    ledger.go_on.set()
    drive = Drive(cast(Any, graph), run_of(uuid4()), Journal(cast(Any, ledger), RUN, "me", lambda *_: None))
    task = drive.begin({"question": "Why?", "database": "pets"})
    drive.stop()
    await task
    assert ledger.ended == ["cancelled"]
    assert not graph.begun.is_set()


@dataclass
class Recovered:
    """A graph with a checkpoint of a run that another process began; knows whether it was played."""

    turns: tuple[Turn, ...]
    played: bool = False

    async def aget_state(self, _: Any) -> Any:
        values = {"question": "Why?", "memory": Memory(self.turns)}
        return SimpleNamespace(metadata={"run": str(RUN.id)}, next=(), values=values)

    async def astream(self, *_: Any, **__: Any) -> AsyncIterator[Any]:
        self.played = True
        return
        yield


RUN = run_of(uuid4(), attempt=2)
BEFORE = Turn("What else?", "What else?", "Nothing.", "answered")
DONE = Turn("Why?", "Why?", "Because.", "answered")


@pytest.mark.parametrize(("turns", "played"), [((), True), ((BEFORE,), True), ((BEFORE, DONE), False)])
async def test_a_run_is_taken_again_unless_its_own_turn_is_kept(
    turns: tuple[Turn, ...], played: bool
) -> None:
    graph, ledger = Recovered(turns), SlowLedger()
    ledger.go_on.set()
    journal = Journal(cast(Any, ledger), RUN, "me", lambda *_: None)
    await Drive(cast(Any, graph), RUN, journal).begin({"question": "Why?", "database": "pets"})
    assert graph.played is played
    assert ledger.ended == ["completed"]

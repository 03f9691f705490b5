import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any, cast
from uuid import uuid4

from graph.drive import Drive
from graph.journal import Journal
from store.event_batches import LoggedEvent, NewEvent
from store.run_records import Run, RunEnd, RunStatus
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

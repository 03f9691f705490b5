import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any, cast
from uuid import uuid4

from graph.drive import Drive
from store.runs import LoggedEvent, NewEvent, Run, RunStatus
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
        self, run: Run, status: RunStatus, owner: str, error: str | None, last: Sequence[NewEvent]
    ) -> list[LoggedEvent]:
        self.ending.set()
        await self.go_on.wait()
        self.ended.append(status)
        return []


async def test_a_run_that_is_stopped_twice_still_writes_its_end() -> None:
    graph, ledger = NeverDone(), SlowLedger()
    drive = Drive(cast(Any, graph), cast(Any, ledger), run_of(uuid4()), "me", lambda *_: None)
    task = drive.begin({"question": "Why?", "database": "pets"})
    await graph.begun.wait()
    drive.stop()
    await ledger.ending.wait()
    drive.stop()
    ledger.go_on.set()
    await task
    assert ledger.ended == ["cancelled"]

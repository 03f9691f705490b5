import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import pytest

from agent.analyst import Memory, Turn
from graph.build import Assistant
from graph.runs.event_writer import EventWriter
from graph.runs.executor import MAX_STORE_ATTEMPTS, RunExecutor
from store.errors import StoreUnavailable
from store.runs.events import LoggedEvent, NewEvent
from store.runs.records import Run, RunEnd, RunStatus
from tests.fixtures.assistants import scripted_assistant
from tests.fixtures.scripted_analyst import ScriptedAnalyst, make_run


class NeverDone:
    """A graph that never comes to an end."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()

    async def astream(self, *_: Any, **__: Any) -> AsyncIterator[Any]:
        self.begun.set()
        await asyncio.Event().wait()
        yield


def assistant_of(graph: Any) -> Assistant:
    return Assistant(graph, scripted_assistant(ScriptedAnalyst()).contexts)


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
    run = make_run(uuid4())
    executor = RunExecutor(
        assistant_of(graph), run, EventWriter(cast(Any, ledger), run, "me", lambda *_: None)
    )
    task = executor.start()
    await graph.begun.wait()
    executor.stop()
    await ledger.ending.wait()
    executor.stop()
    ledger.go_on.set()
    await task
    assert ledger.ended == ["cancelled"]


async def test_a_run_that_is_stopped_before_its_first_step_writes_its_end() -> None:
    graph, ledger = NeverDone(), SlowLedger()
    ledger.go_on.set()
    executor = RunExecutor(
        assistant_of(graph), make_run(uuid4()), EventWriter(cast(Any, ledger), RUN, "me", lambda *_: None)
    )
    task = executor.start()
    executor.stop()
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


RUN = make_run(uuid4(), attempt=2)
BEFORE = Turn("What else?", "What else?", "Nothing.", "answered")
DONE = Turn("Why?", "Why?", "Because.", "answered")


@pytest.mark.parametrize(("turns", "played"), [((), True), ((BEFORE,), True), ((BEFORE, DONE), False)])
async def test_a_run_is_taken_again_unless_its_own_turn_is_kept(
    turns: tuple[Turn, ...], played: bool
) -> None:
    graph, ledger = Recovered(turns), SlowLedger()
    ledger.go_on.set()
    writer = EventWriter(cast(Any, ledger), RUN, "me", lambda *_: None)
    await RunExecutor(assistant_of(graph), RUN, writer).start()
    assert graph.played is played
    assert ledger.ended == ["completed"]


class StorelessGraph:
    """A graph whose checkpoints cannot be stored."""

    async def astream(self, *_: Any, **__: Any) -> AsyncIterator[Any]:
        raise StoreUnavailable("The store does not respond.")
        yield

    async def aget_state(self, _: Any) -> Any:
        return SimpleNamespace(metadata={}, next=(), values={})


@pytest.mark.parametrize(("attempt", "ends"), [(1, []), (MAX_STORE_ATTEMPTS, ["failed"])])
async def test_a_run_interrupted_by_the_store_is_left_to_be_taken_over(attempt: int, ends: list[str]) -> None:
    ledger = SlowLedger()
    ledger.go_on.set()
    run = replace(make_run(uuid4()), attempt=attempt)
    writer = EventWriter(cast(Any, ledger), run, "me", lambda *_: None)
    await RunExecutor(assistant_of(StorelessGraph()), run, writer).start()
    assert ledger.ended == ends

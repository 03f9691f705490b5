import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from store.errors import QueryFailed, TargetUnavailable
from store.targets.processes.errors import Fault, answered
from store.targets.processes.executor import Confined, Deadline

SOON = Deadline("SELECT 1", 5)


@pytest.fixture
async def sleepers() -> AsyncIterator[Confined]:
    """Processes whose work is to sleep for the seconds they are told."""
    confined = Confined("time:sleep")
    yield confined
    await confined.close()


async def test_a_request_that_takes_too_long_failed_by_its_time(sleepers: Confined) -> None:
    with pytest.raises(QueryFailed) as failure:
        await sleepers.ask(60, Deadline("SELECT 1", 0.1))
    assert (failure.value.kind, failure.value.sql) == ("timeout", "SELECT 1")


async def test_cancelling_frees_the_thread(sleepers: Confined) -> None:
    running = [asyncio.create_task(sleepers.ask(60, Deadline("", 60))) for _ in range(8)]
    await asyncio.wait(running, timeout=0.2)
    for each in running:
        each.cancel()
    begun = time.monotonic()
    assert await sleepers.ask(0, SOON) is None
    assert time.monotonic() - begun < 10


async def test_a_process_that_breaks_is_taken_for_one_that_wanted_too_much() -> None:
    confined = Confined("os:_exit")
    with pytest.raises(QueryFailed) as failure:
        await confined.ask(3, SOON)
    await confined.close()
    assert failure.value.kind == "other"


async def test_a_request_may_grow_by_a_quarter_of_a_gigabyte_and_no_more() -> None:
    confined = Confined("builtins:bytearray")
    with pytest.raises(QueryFailed):
        await confined.ask(300_000_000, SOON)
    assert await confined.ask(1_000, SOON) == bytearray(1_000)
    await confined.close()


async def test_who_was_closed_answers_nothing(sleepers: Confined) -> None:
    await sleepers.close()
    with pytest.raises(TargetUnavailable):
        await sleepers.ask(0, SOON)


def refuse() -> None:
    raise QueryFailed("SELECT x", "unknown_name", "There is no x.")


def vanish() -> None:
    raise TargetUnavailable("It is gone.")


def burst() -> None:
    raise MemoryError


def test_what_was_expected_to_go_wrong_is_a_value() -> None:
    assert answered(lambda: 7) == 7
    assert answered(refuse) == Fault("unknown_name", "There is no x.")
    assert answered(vanish) == Fault("gone", "It is gone.")
    assert answered(burst) == Fault("other", "The query needs too much memory.")

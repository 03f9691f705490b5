import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from store.errors import QueryFailed, TargetUnavailable
from store.targets.processes.errors import WorkerFailure, capture_failures
from store.targets.processes.executor import ProcessExecutor


@pytest.fixture
async def sleepers() -> AsyncIterator[ProcessExecutor]:
    """Processes whose work is to sleep for the seconds they are told."""
    executor = ProcessExecutor("time:sleep")
    yield executor
    await executor.close()


async def test_a_request_that_takes_too_long_failed_by_its_time(sleepers: ProcessExecutor) -> None:
    with pytest.raises(QueryFailed) as failure:
        await sleepers.execute(60, "SELECT 1", 0.1)
    assert (failure.value.kind, failure.value.sql) == ("timeout", "SELECT 1")


async def test_a_catalog_that_takes_too_long_is_not_available(sleepers: ProcessExecutor) -> None:
    with pytest.raises(TargetUnavailable, match="timed out"):
        await sleepers.read_catalog(60, 0.1)


async def test_cancelling_frees_the_thread(sleepers: ProcessExecutor) -> None:
    running = [asyncio.create_task(sleepers.execute(60, "", 60)) for _ in range(8)]
    await asyncio.wait(running, timeout=0.2)
    for each in running:
        each.cancel()
    begun = time.monotonic()
    assert await sleepers.execute(0, "SELECT 1", 5) is None
    assert time.monotonic() - begun < 30


async def test_a_process_that_breaks_is_taken_for_one_that_wanted_too_much() -> None:
    executor = ProcessExecutor("os:_exit")
    with pytest.raises(QueryFailed) as failure:
        await executor.execute(3, "SELECT 1", 5)
    await executor.close()
    assert failure.value.kind == "other"


async def test_a_request_may_grow_by_a_quarter_of_a_gigabyte_and_no_more() -> None:
    executor = ProcessExecutor("builtins:bytearray")
    with pytest.raises(QueryFailed):
        await executor.execute(300_000_000, "SELECT 1", 5)
    assert await executor.execute(1_000, "SELECT 1", 5) == bytearray(1_000)
    await executor.close()


async def test_who_was_closed_answers_nothing(sleepers: ProcessExecutor) -> None:
    await sleepers.close()
    with pytest.raises(TargetUnavailable):
        await sleepers.execute(0, "SELECT 1", 5)


def refuse() -> None:
    raise QueryFailed("SELECT x", "unknown_name", "There is no x.")


def vanish() -> None:
    raise TargetUnavailable("It is gone.")


def burst() -> None:
    raise MemoryError


def test_what_was_expected_to_go_wrong_is_a_value() -> None:
    assert capture_failures(lambda: 7) == 7
    assert capture_failures(refuse) == WorkerFailure("unknown_name", "There is no x.")
    assert capture_failures(vanish) == WorkerFailure("unavailable", "It is gone.")
    assert capture_failures(burst) == WorkerFailure("other", "The query needs too much memory.")

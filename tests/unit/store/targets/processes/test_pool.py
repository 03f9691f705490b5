import asyncio
import gc
import os
import threading
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from store.errors import QueryFailed, TargetUnavailable
from store.targets.processes.pool import ProcessExecutor, ProcessPool, WorkerStopped
from store.targets.processes.worker import WorkerFailure, capture_failures

MEMORY = 1_000_000_000


@pytest.fixture
def sleepers() -> Iterator[ProcessPool]:
    """Workers whose work is to sleep for the seconds they are told."""
    workers = ProcessPool("time:sleep", MEMORY)
    yield workers
    workers.close()


def test_a_request_is_answered_and_the_process_kept() -> None:
    workers = ProcessPool("os:getpgid", MEMORY)
    assert workers.call(0, 10) == workers.call(0, 10) == os.getpgid(0)
    assert len(workers._all) == 1
    workers.close()


def test_a_slow_request_is_killed(sleepers: ProcessPool) -> None:
    begun = time.monotonic()
    with pytest.raises(WorkerStopped) as stopped:
        sleepers.call(60, 0.1)
    assert stopped.value.reason == "timeout"
    assert time.monotonic() - begun < 30
    assert sleepers.call(0, 10) is None


def test_a_request_that_is_no_longer_wanted_is_killed(sleepers: ProcessPool) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(WorkerStopped) as stopped:
        sleepers.call(60, 60, stop)
    assert stopped.value.reason == "cancelled"


def test_a_process_that_dies_is_replaced() -> None:
    workers = ProcessPool("os:_exit", MEMORY)
    for _ in range(2):
        with pytest.raises(WorkerStopped) as stopped:
            workers.call(3, 10)
        assert stopped.value.reason == "crashed"
    workers.close()


def test_memory_is_bounded() -> None:
    workers = ProcessPool("builtins:bytearray", MEMORY)
    with pytest.raises(WorkerStopped) as stopped:
        workers.call(3_000_000_000, 30)
    assert stopped.value.reason == "crashed"
    workers.close()


def test_work_that_cannot_be_found_is_told() -> None:
    with pytest.raises(WorkerStopped):
        ProcessPool("no_such_module:work", MEMORY).call(1, 10)


def test_workers_see_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUERENT_TOKEN", "hush")
    workers = ProcessPool("os:getenv", MEMORY)
    assert workers.call("QUERENT_TOKEN", 10) is None
    workers.close()


def test_workers_that_were_closed_do_nothing_more(sleepers: ProcessPool) -> None:
    sleepers.call(0, 10)
    sleepers.close()
    sleepers.close()
    with pytest.raises(WorkerStopped) as stopped:
        sleepers.call(0, 10)
    assert stopped.value.reason == "closed"


def test_workers_nobody_closed_go_with_their_owner() -> None:
    workers = ProcessPool("time:sleep", MEMORY)
    workers.call(0, 10)
    (process,) = workers._all
    del workers
    gc.collect()
    assert process.poll() is not None


@pytest.fixture
async def executor() -> AsyncIterator[ProcessExecutor]:
    """Processes whose work is to sleep for the seconds they are told."""
    process_executor = ProcessExecutor("time:sleep")
    yield process_executor
    await process_executor.close()


async def test_a_request_that_takes_too_long_failed_by_its_time(executor: ProcessExecutor) -> None:
    with pytest.raises(QueryFailed) as failure:
        await executor.execute(60, "SELECT 1", 0.1)
    assert (failure.value.kind, failure.value.sql) == ("timeout", "SELECT 1")


async def test_a_catalog_that_takes_too_long_is_not_available(executor: ProcessExecutor) -> None:
    with pytest.raises(TargetUnavailable, match="timed out"):
        await executor.read_catalog(60, 0.1)


async def test_cancelling_frees_the_thread(executor: ProcessExecutor) -> None:
    running = [asyncio.create_task(executor.execute(60, "", 60)) for _ in range(8)]
    await asyncio.wait(running, timeout=0.2)
    for each in running:
        each.cancel()
    begun = time.monotonic()
    assert await executor.execute(0, "SELECT 1", 5) is None
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


async def test_who_was_closed_answers_nothing(executor: ProcessExecutor) -> None:
    await executor.close()
    with pytest.raises(TargetUnavailable):
        await executor.execute(0, "SELECT 1", 5)


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

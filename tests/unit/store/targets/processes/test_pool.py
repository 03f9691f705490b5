import gc
import os
import threading
import time
from collections.abc import Iterator

import pytest

from store.targets.processes.pool import ProcessPool, WorkerStopped

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

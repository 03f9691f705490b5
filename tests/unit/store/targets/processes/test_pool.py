import gc
import os
import threading
import time
from collections.abc import Iterator

import pytest

from store.targets.processes.pool import Workers, WorkerStopped

MEMORY = 1_000_000_000


@pytest.fixture
def sleepers() -> Iterator[Workers]:
    """Workers whose work is to sleep for the seconds they are told."""
    workers = Workers("time:sleep", MEMORY)
    yield workers
    workers.close()


def test_a_request_is_answered_and_the_process_kept() -> None:
    workers = Workers("os:getpgid", MEMORY)
    assert workers.ask(0, 10) == workers.ask(0, 10) == os.getpgid(0)
    assert len(workers._all) == 1
    workers.close()


def test_a_slow_request_is_killed(sleepers: Workers) -> None:
    begun = time.monotonic()
    with pytest.raises(WorkerStopped) as stopped:
        sleepers.ask(60, 0.1)
    assert stopped.value.why == "too slow"
    assert time.monotonic() - begun < 10
    assert sleepers.ask(0, 10) is None


def test_a_request_that_is_no_longer_wanted_is_killed(sleepers: Workers) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(WorkerStopped) as stopped:
        sleepers.ask(60, 60, stop)
    assert stopped.value.why == "unwanted"


def test_a_process_that_dies_is_replaced() -> None:
    workers = Workers("os:_exit", MEMORY)
    for _ in range(2):
        with pytest.raises(WorkerStopped) as stopped:
            workers.ask(3, 10)
        assert stopped.value.why == "broken"
    workers.close()


def test_memory_is_bounded() -> None:
    workers = Workers("builtins:bytearray", MEMORY)
    with pytest.raises(WorkerStopped) as stopped:
        workers.ask(3_000_000_000, 30)
    assert stopped.value.why == "broken"
    workers.close()


def test_work_that_cannot_be_found_is_told() -> None:
    with pytest.raises(WorkerStopped):
        Workers("no_such_module:work", MEMORY).ask(1, 10)


def test_workers_see_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUERENT_TOKEN", "hush")
    workers = Workers("os:getenv", MEMORY)
    assert workers.ask("QUERENT_TOKEN", 10) is None
    workers.close()


def test_workers_that_were_closed_do_nothing_more(sleepers: Workers) -> None:
    sleepers.ask(0, 10)
    sleepers.close()
    sleepers.close()
    with pytest.raises(WorkerStopped) as stopped:
        sleepers.ask(0, 10)
    assert stopped.value.why == "closed"


def test_workers_nobody_closed_go_with_their_owner() -> None:
    workers = Workers("time:sleep", MEMORY)
    workers.ask(0, 10)
    (process,) = workers._all
    del workers
    gc.collect()
    assert process.poll() is not None

"""A target's requests, each put to a process that can be killed."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from store.errors import QueryFailed, TargetUnavailable
from store.targets.processes.errors import TOO_MUCH_MEMORY, Fault
from store.targets.processes.pool import GROWTH, Workers, WorkerStopped

# More at once would only wait for the same disk and processor.
MOST = 4
# An engine looks at the clock now and then; where it does not, it is ended from outside, this much later.
GRACE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Deadline:
    """What is being run, and for how long it may."""

    sql: str
    seconds: float


class Confined:
    """Asks worker processes that run one function, `module:function`, up to `MOST` at a time."""

    def __init__(self, function: str) -> None:
        self._workers = Workers(function, GROWTH)
        self._threads = ThreadPoolExecutor(MOST, thread_name_prefix="target")
        self._closed = False

    async def ask(self, request: object, deadline: Deadline) -> object:
        """Give the reply; cancelling kills the process. Raises `QueryFailed`, `TargetUnavailable`."""
        if self._closed:
            raise TargetUnavailable("The database has been closed.")
        stop = threading.Event()
        try:
            loop = asyncio.get_running_loop()
            reply = await loop.run_in_executor(self._threads, self._wait, request, deadline, stop)
        except WorkerStopped as stopped:
            raise _explain(stopped, deadline.sql) from stopped
        finally:
            # A cancelled task leaves its thread behind, which looks at this flag.
            stop.set()
        if isinstance(reply, Fault):
            if reply.kind == "gone":
                raise TargetUnavailable(reply.reason)
            raise QueryFailed(deadline.sql, reply.kind, reply.reason)
        return reply

    async def close(self) -> None:
        """Let go of threads and processes."""
        self._closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._workers.close()

    def _wait(self, request: object, deadline: Deadline, stop: threading.Event) -> object:
        return self._workers.ask(request, deadline.seconds + GRACE_SECONDS, stop)


def _explain(stopped: WorkerStopped, sql: str) -> QueryFailed | TargetUnavailable:
    if stopped.why == "too slow":
        return QueryFailed(sql, "timeout", "The query took too long.")
    if stopped.why == "broken":
        return QueryFailed(sql, "other", TOO_MUCH_MEMORY)
    return TargetUnavailable("The database has been closed.")

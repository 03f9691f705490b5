"""Pool of worker processes for work that may hang or exhaust memory: a process can always be killed."""

import asyncio
import os
import subprocess
import sys
import threading
import time
import weakref
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.connection import wait
from pathlib import Path
from typing import IO, BinaryIO, Literal, cast

from store.catalog import Catalog
from store.errors import QueryFailed, TargetUnavailable
from store.rows import Rows
from store.targets.connect_errors import catalog_errors
from store.targets.processes.worker import OUT_OF_MEMORY, WorkerFailure, receive, send

# How often a waiting thread checks whether its request was cancelled.
POLL_SECONDS = 0.03
START_SECONDS = 30.0
# Bytes by which a process that runs a user's query may grow.
MAX_MEMORY_GROWTH = 290_000_000

StopReason = Literal["timeout", "cancelled", "crashed", "closed"]


class WorkerStopped(Exception):
    """The request timed out, was cancelled or crashed its process, or the pool is closed."""

    def __init__(self, reason: StopReason) -> None:
        super().__init__(reason)
        self.reason = reason


class ProcessPool:
    """Thread-safe pool of processes that all run one function, `module:function`.

    Processes are started on demand, reused, and killed when the pool is closed or garbage-collected.
    """

    def __init__(self, function: str, max_memory_growth: int) -> None:
        """Limit the growth of each process to `max_memory_growth` bytes."""
        self._function = function
        self._max_memory_growth = max_memory_growth
        self._idle: deque[subprocess.Popen[bytes]] = deque()
        self._all: set[subprocess.Popen[bytes]] = set()
        # A pool that was never closed must not leave processes behind.
        self._finish = weakref.finalize(self, _kill_all, self._all)

    def call(self, request: object, seconds: float, cancelled: threading.Event | None = None) -> object:
        """Wait for the reply to a request. Raises `WorkerStopped`, after killing the process."""
        process = self._acquire(cancelled)
        try:
            send(_pipe(process.stdin), request)
            reply, reusable = _await_reply(process, time.monotonic() + seconds, cancelled)
        except BaseException as error:
            self._discard(process)
            if isinstance(error, EOFError | BrokenPipeError):
                raise WorkerStopped("crashed") from error
            raise
        if reusable:
            self._idle.append(process)
        else:
            self._discard(process)
        return reply

    def warm_up(self) -> None:
        """Start a process before the first request needs it."""
        self._idle.append(self._acquire(None))

    def close(self) -> None:
        """Kill every process."""
        self._idle.clear()
        self._finish()

    def _acquire(self, cancelled: threading.Event | None) -> subprocess.Popen[bytes]:
        if not self._finish.alive:
            raise WorkerStopped("closed")
        with suppress(IndexError):
            return self._idle.pop()
        arguments = [self._function, str(self._max_memory_growth)]
        process = subprocess.Popen(
            [sys.executable, "-s", "-m", "store.targets.processes.worker", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # Nothing else of the service's environment, which holds secrets.
            env={"PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path)},
        )
        self._all.add(process)
        try:
            _await_reply(process, time.monotonic() + START_SECONDS, cancelled)
        except BaseException as error:
            self._discard(process)
            if isinstance(error, EOFError):
                raise WorkerStopped("crashed") from error
            raise
        return process

    def _discard(self, process: subprocess.Popen[bytes]) -> None:
        self._all.discard(process)
        _kill(process)


def _await_reply(
    process: subprocess.Popen[bytes], deadline: float, cancelled: threading.Event | None
) -> tuple[object, bool]:
    pipe = _pipe(process.stdout)
    while (remaining := deadline - time.monotonic()) > 0:
        if cancelled is not None and cancelled.is_set():
            raise WorkerStopped("cancelled")
        if wait([pipe.fileno()], min(remaining, POLL_SECONDS)):
            reply, reusable = cast(tuple[object, bool], receive(pipe))
            return reply, reusable
    raise WorkerStopped("timeout")


def _pipe(pipe: IO[bytes] | None) -> BinaryIO:
    """Narrow the type of a pipe that `Popen` was asked to create."""
    return cast(BinaryIO, pipe)


def _kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    for pipe in (process.stdin, process.stdout):
        with suppress(OSError):
            _pipe(pipe).close()
    process.wait()


def _kill_all(processes: set[subprocess.Popen[bytes]]) -> None:
    while processes:
        _kill(processes.pop())


# More processes would only compete for the same disk and processor.
MAX_PROCESSES = 4
# An engine checks the time limit only now and then; if it does not stop in time, its process is killed
# this much later.
GRACE_SECONDS = 0.5


class ProcessExecutor:
    """Executor for one function, `module:function`, in up to `MAX_PROCESSES` worker processes."""

    def __init__(self, function: str) -> None:
        self._processes = ProcessPool(function, MAX_MEMORY_GROWTH)
        self._threads = ThreadPoolExecutor(MAX_PROCESSES, thread_name_prefix="target")
        self._closed = False

    async def execute(self, request: object, sql: str, seconds: float) -> object:
        """Return the reply to a request; cancelling kills the process.

        Raises `QueryFailed` (about `sql`; a timeout after `seconds`), `TargetUnavailable`.
        """
        if self._closed:
            raise TargetUnavailable("The connection to the database has been closed.")
        cancelled = threading.Event()
        try:
            loop = asyncio.get_running_loop()
            reply = await loop.run_in_executor(
                self._threads, self._processes.call, request, seconds + GRACE_SECONDS, cancelled
            )
        except WorkerStopped as error:
            raise _translate(error, sql) from error
        finally:
            # The thread outlives a cancelled task; it polls this event.
            cancelled.set()
        if isinstance(reply, WorkerFailure):
            if reply.kind == "unavailable":
                raise TargetUnavailable(reply.reason)
            raise QueryFailed(sql, reply.kind, reply.reason)
        return reply

    async def fetch_rows(self, request: object, sql: str, seconds: float) -> Rows:
        """Return the reply to a request that runs a query. Raises as `execute`."""
        rows = await self.execute(request, sql, seconds)
        assert isinstance(rows, Rows)
        return rows

    async def read_catalog(self, request: object, seconds: float) -> Catalog:
        """Return the reply to a request for the catalog. Raises `TargetUnavailable`."""
        with catalog_errors():
            catalog = await self.execute(request, "the catalog", seconds)
        assert isinstance(catalog, Catalog)
        return catalog

    async def close(self) -> None:
        """Stop all threads and processes."""
        self._closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._processes.close()


def _translate(error: WorkerStopped, sql: str) -> QueryFailed | TargetUnavailable:
    if error.reason == "timeout":
        return QueryFailed(sql, "timeout", "The query timed out.")
    if error.reason == "crashed":
        return QueryFailed(sql, "other", OUT_OF_MEMORY)
    return TargetUnavailable("The connection to the database has been closed.")

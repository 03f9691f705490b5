"""Work that could hang or swell, done in processes that can be killed."""

import os
import subprocess
import sys
import threading
import time
import weakref
from collections import deque
from contextlib import suppress
from multiprocessing.connection import wait
from pathlib import Path
from typing import IO, BinaryIO, cast

from store.targets.processes.worker import receive, send

# How long the killing of a stopped request may be put off.
LOOK_SECONDS = 0.03
START_SECONDS = 30.0
# By how much a process may grow that runs what somebody asked for.
GROWTH = 290_000_000


class WorkerStopped(Exception):
    """The request took too long, was no longer wanted, or broke its process."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Workers:
    """Processes that all run one function, `module:function`; threads may ask at the same time.

    They are started when they are needed, kept, and gone when this object is.
    """

    def __init__(self, function: str, memory: int) -> None:
        """`memory` is by how many bytes a process may grow while it works."""
        self._function = function
        self._memory = memory
        self._idle: deque[subprocess.Popen[bytes]] = deque()
        self._all: set[subprocess.Popen[bytes]] = set()
        # A pool nobody closed must not leave processes behind.
        self._finish = weakref.finalize(self, _end_all, self._all)

    def ask(self, request: object, seconds: float, stop: threading.Event | None = None) -> object:
        """Wait for the reply to a request. Raises `WorkerStopped`; the process is killed then."""
        worker = self._take(stop)
        try:
            send(_pipe(worker.stdin), request)
            reply, is_fit = _await_reply(worker, time.monotonic() + seconds, stop)
        except BaseException as error:
            self._discard(worker)
            if isinstance(error, EOFError | BrokenPipeError):
                raise WorkerStopped("broken") from error
            raise
        if is_fit:
            self._idle.append(worker)
        else:
            self._discard(worker)
        return reply

    def warm_up(self) -> None:
        """Start a process ahead of the first request."""
        self._idle.append(self._take(None))

    def close(self) -> None:
        """Kill every process."""
        self._idle.clear()
        self._finish()

    def _take(self, stop: threading.Event | None) -> subprocess.Popen[bytes]:
        if not self._finish.alive:
            raise WorkerStopped("closed")
        with suppress(IndexError):
            return self._idle.pop()
        worker = subprocess.Popen(
            [sys.executable, "-s", "-m", "store.targets.processes.worker", self._function, str(self._memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # Nothing of our environment: it holds keys.
            env={"PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path)},
        )
        self._all.add(worker)
        try:
            _await_reply(worker, time.monotonic() + START_SECONDS, stop)
        except BaseException as error:
            self._discard(worker)
            if isinstance(error, EOFError):
                raise WorkerStopped("broken") from error
            raise
        return worker

    def _discard(self, worker: subprocess.Popen[bytes]) -> None:
        self._all.discard(worker)
        _end(worker)


def _await_reply(
    worker: subprocess.Popen[bytes], deadline: float, stop: threading.Event | None
) -> tuple[object, bool]:
    pipe = _pipe(worker.stdout)
    while (left := deadline - time.monotonic()) > 0:
        if stop is not None and stop.is_set():
            raise WorkerStopped("unwanted")
        if wait([pipe.fileno()], min(left, LOOK_SECONDS)):
            reply, is_fit = cast(tuple[object, bool], receive(pipe))
            return reply, is_fit
    raise WorkerStopped("too slow")


def _pipe(pipe: IO[bytes] | None) -> BinaryIO:
    """Popen's pipes are there because we asked for them."""
    return cast(BinaryIO, pipe)


def _end(worker: subprocess.Popen[bytes]) -> None:
    worker.kill()
    for pipe in (worker.stdin, worker.stdout):
        with suppress(OSError):
            _pipe(pipe).close()
    worker.wait()


def _end_all(workers: set[subprocess.Popen[bytes]]) -> None:
    while workers:
        _end(workers.pop())

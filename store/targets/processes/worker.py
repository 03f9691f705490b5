"""Worker process: calls one function for each request that arrives on standard input.

Started by `processes/pool.py` as `python -m store.targets.processes.worker MODULE:FUNCTION MAX_GROWTH`.
"""

import pickle
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import BinaryIO, Literal, TypeVar

from store.errors import FailureKind, QueryFailed, TargetUnavailable

LENGTH = struct.Struct("!I")
# A process is reused while it retains less than this share of the memory it may grow by.
REUSE_SHARE = 0.3


def send(pipe: BinaryIO, message: object) -> None:
    """Write one message."""
    data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    pipe.write(LENGTH.pack(len(data)) + data)
    pipe.flush()


def receive(pipe: BinaryIO) -> object:
    """Read one message. Raises `EOFError` if the other process has ended."""
    header = pipe.read(LENGTH.size)
    data = pipe.read(*LENGTH.unpack(header)) if len(header) == LENGTH.size else b""
    if not data:
        raise EOFError
    # Trusted: the pipe is private to the two processes, which both run this file.
    return pickle.loads(data)


def data_segment_bytes(process: int | str = "self") -> int:
    """Return the size of a process's data segment in bytes; 0 where it cannot be read (not Linux)."""
    with suppress(OSError):
        import resource  # noqa: PLC0415  # not on Windows

        # Data, not address space: libraries reserve much address space that they never use.
        return int(Path(f"/proc/{process}/statm").read_text("ascii").split()[5]) * resource.getpagesize()
    return 0


def limit_memory_growth(max_growth: int) -> None:
    """Limit the further growth of this process to `max_growth` bytes, where supported (Linux)."""
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415  # not on Windows

        if size := data_segment_bytes():
            resource.setrlimit(resource.RLIMIT_DATA, (size + max_growth, size + max_growth))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Serve requests until standard input ends."""
    module, _, function = sys.argv[1].partition(":")
    handle = getattr(import_module(module), function)
    max_growth = int(sys.argv[2])
    initial_size = data_segment_bytes()
    limit_memory_growth(max_growth)
    requests, replies = sys.stdin.buffer, sys.stdout.buffer
    # A stray `print` must not corrupt the replies.
    sys.stdout = sys.stderr
    with suppress(EOFError, BrokenPipeError, KeyboardInterrupt):
        send(replies, ("ready", True))
        while True:
            reply = handle(receive(requests))
            # Memory that a request has freed does not always return to the system; the next one may need it.
            reusable = data_segment_bytes() - initial_size < max_growth * REUSE_SHARE
            send(replies, (reply, reusable))


if __name__ == "__main__":
    main()


Result = TypeVar("Result")
OUT_OF_MEMORY = "The query needs too much memory."


@dataclass(frozen=True, slots=True)
class WorkerFailure:
    """Failure of a request in a worker process; `unavailable` if the database cannot be read at all."""

    kind: FailureKind | Literal["unavailable"]
    reason: str


def capture_failures(work: Callable[[], Result]) -> Result | WorkerFailure:
    """Call a function and return expected exceptions as a value: pickling would lose their fields."""
    try:
        return work()
    except QueryFailed as failure:
        return WorkerFailure(failure.kind, failure.reason)
    except TargetUnavailable as failure:
        return WorkerFailure("unavailable", str(failure))
    except MemoryError:
        return WorkerFailure("other", OUT_OF_MEMORY)

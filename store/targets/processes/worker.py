"""Worker process: calls one function for each request that arrives on standard input.

Started by `processes/pool.py` as `python -m store.targets.processes.worker MODULE:FUNCTION MEMORY`.
"""

import pickle
import struct
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import BinaryIO

LENGTH = struct.Struct("!I")
# A process that keeps more than this share of what it may take does not take on another request.
FIT_SHARE = 0.3


def send(pipe: BinaryIO, message: object) -> None:
    """Write one message."""
    data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    pipe.write(LENGTH.pack(len(data)) + data)
    pipe.flush()


def receive(pipe: BinaryIO) -> object:
    """Read one message. Raises `EOFError` when the other side is gone."""
    head = pipe.read(LENGTH.size)
    data = pipe.read(*LENGTH.unpack(head)) if len(head) == LENGTH.size else b""
    if not data:
        raise EOFError
    # Both ends are this very file; nobody else holds the pipe.
    return pickle.loads(data)


def data_size(process: int | str = "self") -> int:
    """Tell how many bytes of data a process has; 0 where the system does not say (it is not Linux)."""
    with suppress(OSError):
        import resource  # noqa: PLC0415  # not on Windows

        # Data, not address space: libraries reserve much of that which they never touch.
        return int(Path(f"/proc/{process}/statm").read_text("ascii").split()[5]) * resource.getpagesize()
    return 0


def limit_memory(most: int) -> None:
    """Let the system refuse to grow by more than `most` bytes from here on, where it can (Linux)."""
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415  # not on Windows

        if size := data_size():
            resource.setrlimit(resource.RLIMIT_DATA, (size + most, size + most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Serve until standard input ends."""
    module, _, function = sys.argv[1].partition(":")
    work = getattr(import_module(module), function)
    most = int(sys.argv[2])
    begun = data_size()
    limit_memory(most)
    requests, replies = sys.stdin.buffer, sys.stdout.buffer
    # Whatever prints by mistake must not print into the replies.
    sys.stdout = sys.stderr
    with suppress(EOFError, BrokenPipeError, KeyboardInterrupt):
        send(replies, ("ready", True))
        while True:
            reply = work(receive(requests))
            # What was taken for one request is not always given back: the next one may want it.
            is_fit = data_size() - begun < most * FIT_SHARE
            send(replies, (reply, is_fit))


if __name__ == "__main__":
    main()

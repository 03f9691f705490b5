"""A connection that stops listening when the server says too much at a time.

The driver reads a row whole, however long it is, and PostgreSQL makes them of up to a gigabyte.
"""

import struct
import subprocess
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from psycopg import AsyncConnection

from store.targets.worker import data_size
from store.targets.workers import GROWTH

Result = TypeVar("Result")
# How much more than the limit of a result may be on the wire: the driver asks for many rows at a time.
LEAST = 24_000_000


class TooMuchSaid(Exception):
    """The server has sent more than was wanted; the connection is of no use any more."""


class MeteredConnection(AsyncConnection[tuple[Any, ...]]):
    """Counts what comes in while it is `listening`."""

    _left: int | None = None

    @contextmanager
    def listening(self, most: int) -> Iterator[None]:
        """Count what comes in meanwhile, and hear no more than `most` bytes, or `LEAST`."""
        self._left = max(most, LEAST)
        try:
            yield
        finally:
            self._left = None

    async def wait(self, gen: Any, *args: Any, **kwargs: Any) -> Any:
        """Wait as the driver does, and raise `TooMuchSaid` in between."""
        return await super().wait(gen if self._left is None else self._meter(gen), *args, **kwargs)

    def _meter(self, gen: Generator[Any, Any, Result]) -> Generator[Any, Any, Result]:
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                self._count()
                wanted = gen.send(ready)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]  # what a generator returns has no type here

    def _count(self) -> None:
        if self._left is not None:
            self._left -= _waiting_bytes(self.pgconn.socket)
            if self._left < 0:
                raise TooMuchSaid


def _waiting_bytes(socket: int) -> int:
    """How much has come in that nobody has read; 0 where the system does not tell."""
    with suppress(ImportError, OSError):
        import fcntl  # noqa: PLC0415  # not on Windows
        import termios  # noqa: PLC0415

        (count,) = struct.unpack("i", fcntl.ioctl(socket, termios.FIONREAD, b"\0" * 4))
        return int(count)
    return 0


def bound_server(process: int, host: str) -> None:
    """Where the server is on this machine, bound how much the process may grow that works for us."""
    if not host.startswith("/"):
        return
    with suppress(ImportError, OSError, ValueError, subprocess.SubprocessError):
        import resource  # noqa: PLC0415  # not on Windows

        size = data_size(process) + GROWTH
        try:
            resource.prlimit(process, resource.RLIMIT_DATA, (size, size))
        except PermissionError:
            # Not even root may in a container, but the server's own user can.
            command = ["prlimit", f"--pid={process}", f"--data={size}"]
            server = Path(f"/proc/{process}").stat()
            user, group = server.st_uid, server.st_gid
            subprocess.run(command, user=user, group=group, extra_groups=[], check=False, timeout=5, env={})

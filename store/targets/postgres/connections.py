"""A few connections to one PostgreSQL, made when they are needed and kept while they are good."""

import asyncio
import select
import struct
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from psycopg import AsyncConnection, Error, OperationalError
from psycopg.pq import TransactionStatus

from store.errors import TargetUnavailable
from store.targets.address import Address
from store.targets.host_allowlist import Hosts
from store.targets.pem import pem_files
from store.targets.postgres.type_mapping import register_loaders
from store.targets.processes.pool import GROWTH
from store.targets.processes.worker import data_size

# A target that is down must be known to be down quickly.
CONNECT_SECONDS = 5
# There is no such file: libpq must not look for one of its own accord.
NOWHERE = "/nonexistent"
_FILES = {"ca": "sslrootcert", "cert": "sslcert", "key": "sslkey"}


@contextmanager
def parameters(address: Address, hosts: Hosts) -> Iterator[dict[str, Any]]:
    """Give the driver's parameters, with files for certificates that are gone afterwards.

    They leave no room for libpq to look into files and variables. Raises as `Hosts.pin`.
    """
    given: dict[str, Any] = {
        "host": address.host,
        "port": address.port,
        "user": address.user,
        "password": address.password,
        "dbname": address.database,
        "sslmode": address.tls.mode,
        "sslrootcert": NOWHERE,
        "sslcert": NOWHERE,
        "sslkey": NOWHERE,
        "passfile": NOWHERE,
        "options": "",
        "connect_timeout": CONNECT_SECONDS,
        "application_name": "querent",
        "client_encoding": "utf8",
        "gssencmode": "disable",
    }
    if address.checked:
        # The name is still what the certificate is held against.
        given["hostaddr"] = hosts.pin(address.host, address.port)
    if address.tls.mode.startswith("verify") and address.tls.ca is None:
        given["sslrootcert"] = "system"
    with pem_files(address.tls) as files:
        yield given | {_FILES[name]: path for name, path in files.items()}


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


# Enough for a few people at once; each is a process in the database of somebody else.
MOST = 5

Begin = Callable[[MeteredConnection], Awaitable[None]]


class PostgresConnections:
    """Lends connections, `MOST` at a time."""

    def __init__(self, address: Address, hosts: Hosts, most: int = MOST) -> None:
        self._address = address
        self._hosts = hosts
        self._places = asyncio.Semaphore(most)
        self._idle: list[MeteredConnection] = []
        self._closed = False

    @asynccontextmanager
    async def lend(self, begin: Begin) -> AsyncIterator[MeteredConnection]:
        """Give a connection on which `begin` was done; one that comes back unusable is closed.

        One that was cut while nobody used it is replaced. Raises `TargetUnavailable` when none can be made,
        and what `begin` raises.
        """
        async with self._places:
            connection = await self._begun(begin)
            try:
                yield connection
            finally:
                await self._give_back(connection)

    async def close(self) -> None:
        """Close what is idle; what is lent is closed when it comes back."""
        self._closed = True
        while self._idle:
            await self._idle.pop().close()

    async def _begun(self, begin: Begin) -> MeteredConnection:
        while self._idle:
            connection = self._idle.pop()
            if _is_alive(connection):
                try:
                    return await self._begin(connection, begin)
                except OperationalError:
                    # Its end may have been on the way. What failed otherwise would fail again.
                    if not connection.closed:
                        raise
            else:
                await connection.close()
        return await self._begin(await self._make(), begin)

    async def _begin(self, connection: MeteredConnection, begin: Begin) -> MeteredConnection:
        try:
            await begin(connection)
        except BaseException:
            await self._give_back(connection)
            raise
        return connection

    async def _make(self) -> MeteredConnection:
        if self._closed:
            raise TargetUnavailable("The connection to the database has been closed.")
        try:
            with ExitStack() as stack:
                # A host is looked up, and files are written: both may take a while.
                given = await asyncio.to_thread(stack.enter_context, parameters(self._address, self._hosts))
                connection = await MeteredConnection.connect(**given, autocommit=True)
        except (Error, OSError) as error:
            raise TargetUnavailable(_explain(error)) from None
        register_loaders(connection)
        await asyncio.to_thread(bound_server, connection.info.backend_pid, self._address.host)
        return connection

    async def _give_back(self, connection: MeteredConnection) -> None:
        status = connection.info.transaction_status
        if not self._closed and not connection.closed and status is not TransactionStatus.ACTIVE:
            with suppress(Error):
                await connection.rollback()
                self._idle.append(connection)
                return
        await connection.close()


def _is_alive(connection: MeteredConnection) -> bool:
    """A server is silent to a connection that asked for nothing, unless it hangs up: no need to ask it."""
    if connection.closed:
        return False
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)


def _explain(error: Exception) -> str:
    """One sentence of ours: the driver's would name users and hosts."""
    said = str(error).lower()
    if "password" in said or "authentication" in said or ("role" in said and "does not exist" in said):
        return "The database refused the user name or the password."
    if "certificate" in said or "ssl error" in said:
        return "The certificate of the database's server is not to be trusted."
    if "database" in said and "does not exist" in said:
        return "There is no database of this name on the server."
    return "The database does not answer."

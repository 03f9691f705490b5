"""Connection pool for a PostgreSQL target, with limits on received data and server memory."""

import asyncio
import os
import select
import socket
import struct
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from psycopg import AsyncConnection, Error, InterfaceError, OperationalError
from psycopg.pq import TransactionStatus

from store.errors import FailureKind, QueryFailed, TargetUnavailable
from store.targets.address import TargetAddress
from store.targets.connect_errors import CONNECT_SECONDS, ConnectFailure
from store.targets.host_allowlist import HostAllowlist
from store.targets.postgres.catalog import register_loaders
from store.targets.processes.pool import MAX_MEMORY_GROWTH
from store.targets.processes.worker import data_segment_bytes
from store.targets.tls import pem_files

_KIND_BY_SQLSTATE: dict[str, FailureKind] = {
    "42P01": "unknown_name",
    "42703": "unknown_name",
    "42883": "unknown_name",
    "42704": "unknown_name",
    "3F000": "unknown_name",
    "42702": "ambiguous",
    "42725": "ambiguous",
    "42P09": "ambiguous",
    "42804": "type_mismatch",
    "42846": "type_mismatch",
    "22P02": "type_mismatch",
    "22007": "type_mismatch",
    "22008": "type_mismatch",
    "42P18": "type_mismatch",
    "22012": "division_by_zero",
    "57014": "timeout",
    "55P03": "timeout",
    "25P03": "timeout",
    "42501": "permission",
    "25006": "permission",
}
# SQLSTATE prefixes: connection lost, server shutting down, too many connections.
_UNAVAILABLE = ("08", "57P", "53300")
# Raised by the driver itself, without SQLSTATE, when the connection is lost.
_CONNECTION_LOST = (OperationalError, InterfaceError)

# Texts of libpq's messages about connecting; the first match counts.
_CONNECT_ERRORS = (
    ("ssl encryption", ConnectFailure.NOT_PERMITTED),
    ("no encryption", ConnectFailure.TLS_REQUIRED),
    ("server does not support ssl", ConnectFailure.TLS_UNSUPPORTED),
    ("invalid response to ssl negotiation", ConnectFailure.WRONG_PROTOCOL),
    ("expected authentication request", ConnectFailure.WRONG_PROTOCOL),
    ("unsupported frontend protocol", ConnectFailure.WRONG_PROTOCOL),
    ("invalid message length", ConnectFailure.WRONG_PROTOCOL),
    ("password", ConnectFailure.REJECTED_CREDENTIALS),
    ("authentication", ConnectFailure.REJECTED_CREDENTIALS),
    ("certificate", ConnectFailure.UNTRUSTED_CERTIFICATE),
    ("ssl error", ConnectFailure.TLS_FAILED),
    ("timeout expired", ConnectFailure.NO_RESPONSE),
    ("closed the connection", ConnectFailure.CLOSED),
)
_UNKNOWN_NAMES = (
    ("role", ConnectFailure.REJECTED_CREDENTIALS),
    ("database", ConnectFailure.UNKNOWN_DATABASE),
)


def translate_error(error: Error, sql: str) -> QueryFailed | TargetUnavailable:
    """Translate a driver exception to a store exception."""
    sqlstate = error.sqlstate or ""
    if sqlstate.startswith(_UNAVAILABLE) or (not sqlstate and isinstance(error, _CONNECTION_LOST)):
        return TargetUnavailable(ConnectFailure.LOST)
    kind: FailureKind = _KIND_BY_SQLSTATE.get(sqlstate) or (
        "syntax" if sqlstate.startswith("42") else "other"
    )
    # Only the primary message: detail and context may quote rows.
    return QueryFailed(sql, kind, error.diag.message_primary or "")


def describe_connect_error(error: Exception) -> ConnectFailure:
    """Describe in one sentence why the connection failed."""
    message = str(error).lower()
    if "does not exist" in message:
        return next((reason for text, reason in _UNKNOWN_NAMES if text in message), ConnectFailure.LOST)
    return next((reason for text, reason in _CONNECT_ERRORS if text in message), ConnectFailure.LOST)


# A path that does not exist, so that libpq does not fall back to its default files.
NO_FILE = "/nonexistent"
_PEM_PARAMETERS = {"ca": "sslrootcert", "cert": "sslcert", "key": "sslkey"}


@contextmanager
def connect_parameters(address: TargetAddress, hosts: HostAllowlist) -> Iterator[dict[str, Any]]:
    """Build the driver's connection parameters, with temporary files for certificates.

    They override every file and environment variable that libpq reads. Raises as `HostAllowlist.resolve`.
    """
    parameters: dict[str, Any] = {
        "host": address.host,
        "port": address.port,
        "user": address.user,
        "password": address.password,
        "dbname": address.database,
        "sslmode": address.tls.mode,
        "sslrootcert": NO_FILE,
        "sslcert": NO_FILE,
        "sslkey": NO_FILE,
        "passfile": NO_FILE,
        "options": "",
        "connect_timeout": int(CONNECT_SECONDS),
        "application_name": "querent",
        "client_encoding": "utf8",
        "gssencmode": "disable",
    }
    if address.restricted:
        # The certificate is still verified against the host name.
        parameters["hostaddr"] = hosts.resolve(address.host, address.port)
    if address.tls.mode.startswith("verify") and address.tls.ca is None:
        parameters["sslrootcert"] = "system"
    with pem_files(address.tls) as files:
        yield parameters | {_PEM_PARAMETERS[name]: path for name, path in files.items()}


Result = TypeVar("Result")
# Smallest limit of received bytes: the driver fetches many rows at a time, beyond the limit of a result.
MIN_RECEIVE_BYTES = 24_000_000


class ReceiveLimitExceeded(Exception):
    """The server has sent more bytes than allowed; the connection must be discarded."""


class MeteredConnection(AsyncConnection[tuple[Any, ...]]):
    """Connection that can limit the bytes it receives."""

    _remaining_bytes: int | None = None

    @contextmanager
    def limit_received(self, max_bytes: int) -> Iterator[None]:
        """Limit the bytes received in this block to `max_bytes`, but at least `MIN_RECEIVE_BYTES`."""
        self._remaining_bytes = max(max_bytes, MIN_RECEIVE_BYTES)
        try:
            yield
        finally:
            self._remaining_bytes = None

    async def wait(self, gen: Any, *args: Any, **kwargs: Any) -> Any:
        """Wait as the driver does, checking the limit. Raises `ReceiveLimitExceeded`."""
        return await super().wait(gen if self._remaining_bytes is None else self._meter(gen), *args, **kwargs)

    def _meter(self, gen: Generator[Any, Any, Result]) -> Generator[Any, Any, Result]:
        try:
            state = next(gen)
            while True:
                ready = yield state
                self._check_limit()
                state = gen.send(ready)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]  # StopIteration.value is untyped

    def _check_limit(self) -> None:
        if self._remaining_bytes is not None:
            self._remaining_bytes -= _unread_bytes(self.pgconn.socket)
            if self._remaining_bytes < 0:
                raise ReceiveLimitExceeded

    def shut_down_socket(self) -> None:
        """Shut down the socket: whatever waits for the server fails with `OperationalError`."""
        with suppress(Error, OSError), socket.socket(fileno=os.dup(self.pgconn.socket)) as duplicate:
            duplicate.shutdown(socket.SHUT_RDWR)


def _unread_bytes(descriptor: int) -> int:
    """Return the unread bytes in the socket's receive buffer; 0 where unsupported."""
    with suppress(ImportError, OSError):
        import fcntl  # noqa: PLC0415  # not on Windows
        import termios  # noqa: PLC0415

        (count,) = struct.unpack("i", fcntl.ioctl(descriptor, termios.FIONREAD, b"\0" * 4))
        return int(count)
    return 0


def limit_backend_memory(process: int, host: str) -> None:
    """Limit the memory growth of our backend process, if the server runs on this machine."""
    if not host.startswith("/"):
        return
    with suppress(ImportError, OSError, ValueError, subprocess.SubprocessError):
        import resource  # noqa: PLC0415  # not on Windows

        size = data_segment_bytes(process) + MAX_MEMORY_GROWTH
        try:
            resource.prlimit(process, resource.RLIMIT_DATA, (size, size))
        except PermissionError:
            # In a container even root may not do this, but the user that runs the server may.
            command = ["prlimit", f"--pid={process}", f"--data={size}"]
            owner = Path(f"/proc/{process}").stat()
            user, group = owner.st_uid, owner.st_gid
            subprocess.run(command, user=user, group=group, extra_groups=[], check=False, timeout=5, env={})


# Enough for a few concurrent users; each is a process on a database server that the service does not own.
MAX_CONNECTIONS = 5

BeginTransaction = Callable[[MeteredConnection], Awaitable[None]]


class PostgresConnectionPool:
    """Pool of at most `MAX_CONNECTIONS` connections to one server."""

    def __init__(
        self, address: TargetAddress, hosts: HostAllowlist, connect_seconds: float = CONNECT_SECONDS
    ) -> None:
        self._address = address
        self._hosts = hosts
        self._connect_seconds = connect_seconds
        self._slots = asyncio.Semaphore(MAX_CONNECTIONS)
        self._idle: list[MeteredConnection] = []
        self._closed = False

    @asynccontextmanager
    async def acquire(self, begin: BeginTransaction) -> AsyncIterator[MeteredConnection]:
        """Lend a connection on which `begin` has been called; an idle connection that was lost is replaced.

        Raises `TargetUnavailable` if no connection can be opened, and whatever `begin` raises.
        """
        async with self._slots:
            connection = await self._connection_in_transaction(begin)
            try:
                yield connection
            finally:
                await self._release(connection)

    async def close(self) -> None:
        """Close idle connections; those in use are closed when they are released."""
        self._closed = True
        while self._idle:
            await self._idle.pop().close()

    async def _connection_in_transaction(self, begin: BeginTransaction) -> MeteredConnection:
        while self._idle:
            connection = self._idle.pop()
            if _is_alive(connection):
                try:
                    return await self._begin(connection, begin, self._deadline())
                except OperationalError:
                    # The server may just have closed it. Other failures would occur on a new connection too.
                    if not connection.closed:
                        raise
            else:
                await connection.close()
        deadline = self._deadline()
        return await self._begin(await self._open(deadline), begin, deadline)

    def _deadline(self) -> float:
        return asyncio.get_running_loop().time() + self._connect_seconds

    async def _begin(
        self, connection: MeteredConnection, begin: BeginTransaction, deadline: float
    ) -> MeteredConnection:
        # Not a timeout: cancelling psycopg would wait for the very server that does not respond.
        timer = asyncio.get_running_loop().call_at(deadline, connection.shut_down_socket)
        try:
            await begin(connection)
        except BaseException:
            await self._release(connection)
            raise
        finally:
            timer.cancel()
        return connection

    async def _open(self, deadline: float) -> MeteredConnection:
        if self._closed:
            raise TargetUnavailable("The connection to the database has been closed.")
        try:
            async with asyncio.timeout_at(deadline):
                connection = await self._connect()
        except TimeoutError:
            raise TargetUnavailable(ConnectFailure.NO_RESPONSE) from None
        except (Error, OSError) as error:
            raise TargetUnavailable(describe_connect_error(error)) from None
        register_loaders(connection)
        await asyncio.to_thread(limit_backend_memory, connection.info.backend_pid, self._address.host)
        return connection

    async def _connect(self) -> MeteredConnection:
        with ExitStack() as stack:
            # In a thread: it resolves the host and writes files.
            parameters = await asyncio.to_thread(
                stack.enter_context, connect_parameters(self._address, self._hosts)
            )
            return await MeteredConnection.connect(**parameters, autocommit=True)

    async def _release(self, connection: MeteredConnection) -> None:
        status = connection.info.transaction_status
        if not self._closed and not connection.closed and status is not TransactionStatus.ACTIVE:
            with suppress(Error):
                await connection.rollback()
                self._idle.append(connection)
                return
        await connection.close()


def _is_alive(connection: MeteredConnection) -> bool:
    """Check an idle connection without a round trip: it only becomes readable when the server closes it."""
    if connection.closed:
        return False
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)

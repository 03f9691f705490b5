"""Embedded PostgreSQL server in a data folder: started by the first process, stopped by the last.

Contents of the data folder, and their permissions:

* `postgres/` – the cluster and its socket; 0700. Anyone who can connect to the socket is superuser.
* `postgres.lock`, `postgres.holders` – lock files; the locks end with their process, however it dies.
* Other files, such as the encryption key of the credentials, are protected by their writers: 0600.

The folder is created with 0700. PostgreSQL refuses to run as root: for root it runs as the system user
`pgserver`; then the data folder, all folders above it and those above the programs are at least 0711, which
lets other users pass through but not list them.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import LiteralString, TypeVar
from urllib.parse import quote

from psycopg import AsyncConnection, sql

from store.database import translate_errors
from store.embedded.cluster import PORT, Cluster
from store.embedded.supervisor import RestartLimit, ServerSupervisor
from store.errors import StoreUnavailable

Result = TypeVar("Result")


class EmbeddedServer:
    """Running server, opened by `open_embedded_server`. All methods but `url` raise `StoreUnavailable`."""

    def __init__(self, cluster: Cluster, restart: Callable[[], bool]) -> None:
        """`restart` blocks until the server accepts connections; it returns whether it started the server."""
        self._cluster = cluster
        self._restart = restart
        self._socket_folder = cluster.socket_folder

    def url(self, database: str, user: str = "postgres") -> str:
        """Return the URL of a database on this server."""
        host = quote(str(self._socket_folder), safe="/")
        return f"postgresql://{quote(user, safe='')}@/{quote(database, safe='')}?host={host}&port={PORT}"

    async def create_database(self, name: str) -> None:
        """Create a database that only its owner may connect to, unless it exists."""
        identifiers = {"name": sql.Identifier(name)}
        async with self._locked_connection("postgres") as connection:
            databases = await connection.execute("SELECT FROM pg_database WHERE datname = %s", [name])
            if databases.rowcount == 0:
                await connection.execute(sql.SQL("CREATE DATABASE {name}").format(**identifiers))
            await connection.execute(
                sql.SQL("REVOKE ALL ON DATABASE {name} FROM PUBLIC").format(**identifiers)
            )

    async def create_reader(self, role: str, database: str) -> None:
        """Create a role that may only read the schema `public` of one database and its future tables."""
        names = {"role": sql.Identifier(role), "database": sql.Identifier(database)}
        async with self._locked_connection(database) as connection:
            roles = await connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role])
            if roles.rowcount == 0:
                await connection.execute(sql.SQL("CREATE ROLE {role} LOGIN").format(**names))
            for statement in GRANT_READ_ACCESS:
                await connection.execute(sql.SQL(statement).format(**names))

    async def supervise(self, limit: RestartLimit | None = None) -> None:
        """Restart the server whenever it dies, until cancelled or until the limit is reached.

        Of several processes, the first one restarts it, and the others reconnect. `limit` defaults to five
        restarts in five minutes.
        """
        supervisor = ServerSupervisor(
            lambda: self._cluster.server_pid,
            lambda: _run_to_completion(self._restart),
            limit or RestartLimit(),
        )
        await supervisor.run()

    @asynccontextmanager
    async def _locked_connection(self, database: str) -> AsyncIterator[AsyncConnection]:
        """Connect, and hold the lock that serializes the creation of databases and roles."""
        with translate_errors():
            async with await AsyncConnection.connect(self.url(database), autocommit=True) as connection:
                await connection.execute("SELECT pg_advisory_lock(%s)", [SETUP_LOCK])
                yield connection


# Advisory lock; must differ from that of `store/migrate.py`.
SETUP_LOCK = 7_310_001
GRANT_READ_ACCESS: tuple[LiteralString, ...] = (
    "ALTER ROLE {role} SET default_transaction_read_only = on",
    "GRANT CONNECT ON DATABASE {database} TO {role}",
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {role}",
)


@asynccontextmanager
async def open_embedded_server(data: Path) -> AsyncIterator[EmbeddedServer]:
    """Start the server in this data folder unless it runs; stop it at the end if no other process uses it.

    Raises `StoreUnavailable`. A server whose last process was killed keeps running, for the next process.
    """
    hold = _ServerHold(data)
    try:
        yield await _run_to_completion(hold.acquire)
    finally:
        await _run_to_completion(hold.release)


@contextmanager
def start_in_background(data: Path) -> Iterator[None]:
    """Start the server in a thread while the block runs; `open_embedded_server` then joins it.

    Errors are ignored here, since they occur and are reported there again.
    """
    hold = _ServerHold(data)
    with ThreadPoolExecutor(1, thread_name_prefix="postgres") as thread:
        starting = thread.submit(hold.acquire)
        try:
            yield
        finally:
            wait([starting])
            hold.release()


class _ServerHold:
    """Share in the server: a shared lock on `postgres.holders`, guarded by `postgres.lock`."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._holders: int | None = None
        self._cluster: Cluster | None = None

    def acquire(self) -> EmbeddedServer:
        """Start the server, or join it."""
        try:
            self._data = _create_folder(self._data)
            with _locked(self._data / "postgres.lock"):
                self._holders = _open_lock(self._data / "postgres.holders")
                fcntl.flock(self._holders, fcntl.LOCK_SH)
                self._cluster = Cluster(self._data / "postgres")
                self._cluster.initialize()
                self._cluster.start()
                return EmbeddedServer(self._cluster, self.restart)
        except OSError as error:
            raise StoreUnavailable(
                f"The data folder {self._data} cannot be used: {error.strerror}."
            ) from error

    def restart(self) -> bool:
        """Start the server again; return False if another process has, or if the share was released."""
        try:
            with _locked(self._data / "postgres.lock"):
                return self._holders is not None and self._cluster is not None and self._cluster.start()
        except OSError as error:
            raise StoreUnavailable(
                f"The data folder {self._data} cannot be used: {error.strerror}."
            ) from error

    def release(self) -> None:
        """Release the share; the last one stops the server. A deleted folder has no server to stop."""
        if self._holders is None:
            return
        holders, self._holders = self._holders, None
        with suppress(FileNotFoundError), _locked(self._data / "postgres.lock"):
            if _is_last(holders) and self._cluster is not None:
                self._cluster.stop()
        os.close(holders)


def _is_last(holders: int) -> bool:
    """Return whether no other process holds this lock. Call only on release: the shared lock may be lost."""
    try:
        fcntl.flock(holders, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _create_folder(data: Path) -> Path:
    """Create the data folder with 0700; an existing one keeps its mode."""
    if data.exists() and not data.is_dir():
        raise StoreUnavailable(f"The data folder {data} is not a folder.")
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    return data.resolve()


def _open_lock(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    lock = _open_lock(path)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


async def _run_to_completion(work: Callable[[], Result]) -> Result:
    """Run in a thread, and wait for it even when cancelled: the server must not be left half-started."""
    running = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise

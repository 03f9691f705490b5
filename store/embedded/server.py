"""Our own PostgreSQL in a folder: started by the first process that needs it, stopped by the last.

What is in the data folder, and who may read it:

* `postgres/` – the cluster and its socket; 0700. Whoever reaches the socket is the database's superuser.
* `postgres.lock`, `postgres.holders` – locks only; a process that dies, however it dies, loses them.
* what else is there (the key that seals credentials) is for its writer to protect: 0600.

The folder is made 0700. PostgreSQL refuses to run as root: for root it runs as the system user `pgserver`,
the data folder is 0711, and so is, at least, every folder above it and above the programs: others may pass
through them, but not look into them.
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

from store.database import saying_unavailable
from store.embedded.cluster import PORT, Cluster
from store.errors import StoreUnavailable

Result = TypeVar("Result")


class Embedded:
    """The running server; all but `url` raises `StoreUnavailable`. Open it with `open_embedded`."""

    def __init__(self, sockets: Path) -> None:
        self._sockets = sockets

    def url(self, database: str, user: str = "postgres") -> str:
        """Give the address of a database on this server."""
        host = quote(str(self._sockets), safe="/")
        return f"postgresql://{quote(user, safe='')}@/{quote(database, safe='')}?host={host}&port={PORT}"

    async def create_database(self, name: str) -> None:
        """Make a database that strangers may not enter, unless it is there."""
        named = {"name": sql.Identifier(name)}
        async with self._alone_in("postgres") as connection:
            found = await connection.execute("SELECT FROM pg_database WHERE datname = %s", [name])
            if found.rowcount == 0:
                await connection.execute(sql.SQL("CREATE DATABASE {name}").format(**named))
            await connection.execute(sql.SQL("REVOKE ALL ON DATABASE {name} FROM PUBLIC").format(**named))

    async def create_reader(self, role: str, database: str) -> None:
        """Make a role that may read the schema `public` of one database, now and later, and nothing else."""
        names = {"role": sql.Identifier(role), "database": sql.Identifier(database)}
        async with self._alone_in(database) as connection:
            found = await connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role])
            if found.rowcount == 0:
                await connection.execute(sql.SQL("CREATE ROLE {role} LOGIN").format(**names))
            for statement in READING:
                await connection.execute(sql.SQL(statement).format(**names))

    @asynccontextmanager
    async def _alone_in(self, database: str) -> AsyncIterator[AsyncConnection]:
        """Connect with everybody else who wants to change the same things kept waiting."""
        with saying_unavailable():
            async with await AsyncConnection.connect(self.url(database), autocommit=True) as connection:
                await connection.execute("SELECT pg_advisory_lock(%s)", [SETTING_UP])
                yield connection


# Any number will do that no other lock of ours has (store/migrate.py).
SETTING_UP = 7_310_001
READING: tuple[LiteralString, ...] = (
    "ALTER ROLE {role} SET default_transaction_read_only = on",
    "GRANT CONNECT ON DATABASE {database} TO {role}",
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {role}",
)


@asynccontextmanager
async def open_embedded(data: Path) -> AsyncIterator[Embedded]:
    """Start the server in this data folder, or join it; leave it, and stop it if nobody else holds it.

    Raises `StoreUnavailable`. A server whose last holder was killed keeps running, and is joined by the next.
    """
    hold = _Hold(data)
    try:
        yield await _to_the_end(hold.take)
    finally:
        await _to_the_end(hold.let_go)


@contextmanager
def starting_beside(data: Path) -> Iterator[None]:
    """Have the server started, in a thread, while the block does other things; `open_embedded` then joins it.

    What goes wrong here goes wrong there again, and is told there.
    """
    hold = _Hold(data)
    with ThreadPoolExecutor(1, thread_name_prefix="postgres") as thread:
        taking = thread.submit(hold.take)
        try:
            yield
        finally:
            wait([taking])
            hold.let_go()


class _Hold:
    """Our share in the server: a lock on `postgres.holders`, taken and left under `postgres.lock`."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._holders: int | None = None
        self._cluster: Cluster | None = None

    def take(self) -> Embedded:
        """Start or join."""
        try:
            self._data = _make_folder(self._data)
            with _locked(self._data / "postgres.lock"):
                self._holders = _open_lock(self._data / "postgres.holders")
                fcntl.flock(self._holders, fcntl.LOCK_SH)
                self._cluster = Cluster(self._data / "postgres")
                self._cluster.make()
                self._cluster.start()
                return Embedded(self._cluster.socket_folder)
        except OSError as error:
            raise StoreUnavailable(
                f"The data folder {self._data} cannot be used: {error.strerror}."
            ) from error

    def let_go(self) -> None:
        """Leave; stop the server if we were the last. A folder that was deleted has nothing to stop."""
        if self._holders is None:
            return
        with suppress(FileNotFoundError), _locked(self._data / "postgres.lock"):
            if _is_last(self._holders) and self._cluster is not None:
                self._cluster.stop()
        os.close(self._holders)


def _is_last(holders: int) -> bool:
    """Whether nobody else has this lock. Asking may cost us our own, so ask when leaving."""
    try:
        fcntl.flock(holders, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _make_folder(data: Path) -> Path:
    """Make the data folder, ours alone; a folder that was there keeps its mode."""
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


async def _to_the_end(work: Callable[[], Result]) -> Result:
    """Run in a thread; when cancelled, still wait for it: nobody may leave while the server is starting."""
    running = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise

"""A few connections to one PostgreSQL, made when they are needed and kept while they are good."""

import asyncio
import select
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager, suppress

from psycopg import Error, OperationalError
from psycopg.pq import TransactionStatus

from store.errors import TargetUnavailable
from store.targets.address import Address
from store.targets.hosts import Hosts
from store.targets.postgres_address import parameters
from store.targets.postgres_metered import MeteredConnection, bound_server
from store.targets.postgres_values import register_loaders

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

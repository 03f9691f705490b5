"""Factory and registry of targets: opens the engine for an address, and keeps targets open by name."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self, assert_never

from store.catalog import Catalog
from store.connections.connections import ResolvedConnection
from store.errors import NotFound
from store.request_cache import RequestCache
from store.targets.address import TargetAddress, parse_address
from store.targets.host_allowlist import HostAllowlist
from store.targets.postgres.target import PostgresTarget
from store.targets.sqlite.target import SqliteTarget
from store.targets.target import Target

DEFAULT_ALLOWLIST = HostAllowlist()


def open_target(text: str, hosts: HostAllowlist = DEFAULT_ALLOWLIST) -> Target:
    """Create the target of an address, a URL or serialized. Raises `InvalidConnection`.

    Connects lazily: a server that is down is only noticed by the first operation.
    """
    return open_address(parse_address(text), hosts)


def open_address(address: TargetAddress, hosts: HostAllowlist = DEFAULT_ALLOWLIST) -> Target:
    """Create the target of a parsed address. Raises `InvalidConnection`."""
    # Drivers are slow to import, and most installations need only one.
    # ruff: noqa: PLC0415
    if address.url:
        from store.targets.sqlalchemy.target import SqlalchemyTarget

        return SqlalchemyTarget(address)
    match address.dialect:
        case "postgres":
            return PostgresTarget(address, hosts)
        case "mysql":
            from store.targets.mysql.target import MysqlTarget

            return MysqlTarget(address, hosts)
        case "sqlite":
            return SqliteTarget(Path(address.path))
        case "duckdb":
            from store.targets.duckdb.target import DuckdbTarget

            return DuckdbTarget(Path(address.path))
    assert_never(address.dialect)


@dataclass(frozen=True, slots=True)
class _OpenTarget:
    connection: ResolvedConnection
    target: Target


ResolveConnection = Callable[[str, RequestCache | None], Awaitable[ResolvedConnection]]


class TargetRegistry:
    """Registry of open targets by connection name. An async context manager that closes them."""

    def __init__(
        self, resolve_connection: ResolveConnection, hosts: HostAllowlist = DEFAULT_ALLOWLIST
    ) -> None:
        """`resolve_connection` returns the stored connection of a name, and raises `NotFound`."""
        self._resolve_connection = resolve_connection
        self._hosts = hosts
        self._open: dict[str, _OpenTarget] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def open(self, name: str, cache: RequestCache | None = None) -> Target:
        """Return the target of a connection; reopened if another process has changed the connection.

        Raises `InvalidConnection`, and `NotFound` if another process has removed it.
        """
        try:
            connection = await self._resolve_connection(name, cache)
        except NotFound:
            await self.evict(name)
            raise
        entry = self._open.get(name)
        if entry is not None and entry.connection == connection:
            # Equal, but perhaps re-encrypted: keeping the latest object spares the next decryption.
            self._open[name] = replace(entry, connection=connection)
            return entry.target
        # No await before the assignment: a concurrent call must find this target.
        opened = _OpenTarget(connection, open_address(connection.address, self._hosts))
        self._open[name] = opened
        if entry is not None:
            await entry.target.close()
        return opened.target

    async def test_connection(self, address: TargetAddress) -> Catalog:
        """Connect once and read the catalog. Raises `InvalidConnection`, `TargetUnavailable`."""
        target = open_address(address, self._hosts)
        try:
            return await target.catalog()
        finally:
            await target.close()

    async def evict(self, name: str) -> None:
        """Close the target of a connection that was changed or removed."""
        entry = self._open.pop(name, None)
        if entry is not None:
            await entry.target.close()

    async def close(self) -> None:
        """Close every target."""
        while self._open:
            _, entry = self._open.popitem()
            await entry.target.close()

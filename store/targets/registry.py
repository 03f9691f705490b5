"""From an address to a target, and the targets that are open."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self, assert_never

from store.catalog import Catalog
from store.connections.connections import Whereabouts
from store.errors import NotFound
from store.request_cache import once
from store.targets.address import Address
from store.targets.address_url import read_address
from store.targets.host_allowlist import Hosts
from store.targets.postgres.target import PostgresTarget
from store.targets.sqlite.target import SqliteTarget
from store.targets.target import Target

EVERYWHERE = Hosts()


def open_target(text: str, hosts: Hosts = EVERYWHERE) -> Target:
    """Make a target of an address: a URL, or one written down. Raises `BadConnection`.

    Nothing is connected yet: a server that is down is found out by the first question to it.
    """
    return open_address(read_address(text), hosts)


def open_address(address: Address, hosts: Hosts = EVERYWHERE) -> Target:
    """Make a target of an address that has been read. Raises `BadConnection`."""
    # Drivers take long to import, and few need more than one of them.
    # ruff: noqa: PLC0415
    if address.url:
        from store.targets.sqlalchemy.target import GenericTarget

        return GenericTarget(address)
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
class _Open:
    whereabouts: Whereabouts
    target: Target


class Targets:
    """Keeps targets open by the name of their connection. Close it when done: it is a context manager."""

    def __init__(
        self, whereabouts_of: Callable[[str], Awaitable[Whereabouts]], hosts: Hosts = EVERYWHERE
    ) -> None:
        """`whereabouts_of` tells where the target of a connection is, and raises when there is none."""
        self._whereabouts_of = whereabouts_of
        self._hosts = hosts
        self._open: dict[str, _Open] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def of(self, name: str) -> Target:
        """Give the target of a connection as it is now: another process may have changed or removed it.

        Raises as `open_target` or `whereabouts_of`.
        """
        try:
            now = await once(self._whereabouts_of, name)
        except NotFound:
            await self.forget(name)
            raise
        kept = self._open.get(name)
        if kept is not None and kept.whereabouts == now:
            # The same in another seal: who holds what was unsealed last need not unseal it again.
            self._open[name] = replace(kept, whereabouts=now)
            return kept.target
        # No waiting in between: whoever comes at the same time finds this one.
        opened = _Open(now, open_address(now.address, self._hosts))
        self._open[name] = opened
        if kept is not None:
            await kept.target.close()
        return opened.target

    async def try_out(self, address: Address) -> Catalog:
        """Connect once, and look at what there is. Raises as `open_target`, and `TargetUnavailable`."""
        target = open_address(address, self._hosts)
        try:
            return await target.catalog()
        finally:
            await target.close()

    async def forget(self, name: str) -> None:
        """Close the target of a connection that was changed or removed."""
        kept = self._open.pop(name, None)
        if kept is not None:
            await kept.target.close()

    async def close(self) -> None:
        """Close every target."""
        while self._open:
            _, kept = self._open.popitem()
            await kept.target.close()

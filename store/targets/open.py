"""From an address to a target, and the targets that are open."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import unquote, urlsplit

from store.errors import BadConnection
from store.targets.postgres import PostgresTarget
from store.targets.sqlite import SqliteTarget
from store.targets.target import Target


def open_target(url: str) -> Target:
    """Make a target of a `postgresql://` or `sqlite:///path` address. Raises `BadConnection`.

    Nothing is connected yet: a PostgreSQL that is down is found out by the first question to it.
    """
    scheme = url.partition("://")[0].lower()
    if scheme in ("postgresql", "postgres"):
        return PostgresTarget(url)
    if scheme == "sqlite":
        return SqliteTarget(_read_path(url))
    raise BadConnection("The address must begin with postgresql:// or sqlite:///.")


def _read_path(url: str) -> Path:
    """`sqlite:///relative.db` and `sqlite:////absolute.db`, as SQLAlchemy writes them."""
    parts = urlsplit(url.replace("?", "%3F").replace("#", "%23"))
    if parts.netloc or len(parts.path) < 2:
        raise BadConnection("The address of a SQLite file is sqlite:/// with a path behind it.")
    return Path(unquote(parts.path[1:]))


class Targets:
    """Keeps targets open by the name of their connection. Close it when done: it is a context manager."""

    def __init__(self, address_of: Callable[[str], Awaitable[str]]) -> None:
        """`address_of` gives the URL of a connection, and raises when there is none."""
        self._address_of = address_of
        self._open: dict[str, Target] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def of(self, name: str) -> Target:
        """Give the target of a connection, opened at first use. Raises as `open_target` or `address_of`."""
        if name not in self._open:
            target = open_target(await self._address_of(name))
            # Somebody else may have opened it while we asked for the address.
            self._open.setdefault(name, target)
            if self._open[name] is not target:
                await target.close()
        return self._open[name]

    async def forget(self, name: str) -> None:
        """Close the target of a connection that was changed or removed."""
        target = self._open.pop(name, None)
        if target is not None:
            await target.close()

    async def close(self) -> None:
        """Close every target."""
        while self._open:
            _, target = self._open.popitem()
            await target.close()

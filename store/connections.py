"""Connections: how targets are reached; their addresses are sealed, and shown to nobody."""

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Row, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from store.catalog import Dialect
from store.database import transaction
from store.errors import BadConnection, NameTaken, NotFound
from store.sealing import Sealer
from store.tables import connections

NAME = re.compile(r"[A-Za-z0-9_-]{1,63}", re.ASCII)
DIALECTS: dict[str, Dialect] = {"postgresql": "postgres", "postgres": "postgres", "sqlite": "sqlite"}


@dataclass(frozen=True, slots=True)
class Connection:
    """A target, by name; where it is and with whose credentials stays in the store."""

    id: UUID
    name: str
    dialect: Dialect
    description: str
    created_at: datetime


ConnectionRow = Row[UUID, str, Dialect, str, datetime]
COLUMNS = (
    connections.c.id,
    connections.c.name,
    connections.c.dialect,
    connections.c.description,
    connections.c.created_at,
)


class Connections:
    """All connections. Everything here raises `StoreUnavailable` when the store is gone."""

    def __init__(self, engine: AsyncEngine, sealer: Sealer) -> None:
        self._engine = engine
        self._sealer = sealer
        # A single statement needs no BEGIN and COMMIT around it.
        self._at_once = engine.execution_options(isolation_level="AUTOCOMMIT")

    async def add(self, name: str, url: str, description: str = "") -> Connection:
        """Keep a new connection. Raises `BadConnection`, `NameTaken`."""
        async with transaction(self._at_once) as connection:
            row = await self._insert(connection, name, url, description)
        if row is None:
            raise NameTaken(name)
        return _read(row)

    async def replace(self, name: str, url: str, description: str = "") -> Connection:
        """Keep a connection, in the place of the one of this name if there is one. Raises `BadConnection`."""
        async with transaction(self._engine) as connection:
            row = None
            # Somebody may remove it between the two; then there is room for it again.
            while row is None:
                row = await self._insert(connection, name, url, description) or await self._update(
                    connection, name, url, description
                )
        return _read(row)

    async def all(self) -> list[Connection]:
        """List all connections by name."""
        async with transaction(self._at_once) as connection:
            rows = await connection.execute(select(*COLUMNS).order_by(connections.c.name))
            return [_read(row) for row in rows]

    async def find(self, name: str) -> Connection:
        """Give the connection of this name. Raises `NotFound`."""
        async with transaction(self._at_once) as connection:
            rows = await connection.execute(select(*COLUMNS).where(connections.c.name == name))
            row = rows.one_or_none()
        if row is None:
            raise NotFound("connection", name)
        return _read(row)

    async def address(self, name: str) -> str:
        """Give the URL of this connection, credentials and all. Raises `NotFound`, `BadKey`."""
        wanted = select(connections.c.id, connections.c.sealed).where(connections.c.name == name)
        async with transaction(self._at_once) as connection:
            row = (await connection.execute(wanted)).one_or_none()
        if row is None:
            raise NotFound("connection", name)
        id, sealed = row
        return self._sealer.open(sealed, id.bytes)

    async def remove(self, name: str) -> None:
        """Forget a connection. Raises `NotFound`."""
        async with transaction(self._at_once) as connection:
            gone = await connection.execute(delete(connections).where(connections.c.name == name))
        if gone.rowcount == 0:
            raise NotFound("connection", name)

    async def _insert(
        self, connection: AsyncConnection, name: str, url: str, description: str
    ) -> ConnectionRow | None:
        """Keep it, unless the name is taken."""
        if not NAME.fullmatch(name):
            raise BadConnection(
                "A connection's name has up to 63 letters, digits, - and _, and nothing else."
            )
        id = uuid4()
        row = {
            "id": id,
            "name": name,
            "dialect": dialect_of(url),
            "description": description,
            "sealed": self._sealer.seal(url, id.bytes),
        }
        kept = insert(connections).values(row).on_conflict_do_nothing().returning(*COLUMNS)
        return (await connection.execute(kept)).one_or_none()

    async def _update(
        self, connection: AsyncConnection, name: str, url: str, description: str
    ) -> ConnectionRow | None:
        """Change it, if it is there: what is known about it under its id is kept."""
        named = connections.c.name == name
        found = await connection.execute(select(connections.c.id).where(named).with_for_update())
        id = found.scalar_one_or_none()
        if id is None:
            return None
        changed = {
            "dialect": dialect_of(url),
            "description": description,
            "sealed": self._sealer.seal(url, id.bytes),
        }
        kept = update(connections).where(connections.c.id == id).values(changed).returning(*COLUMNS)
        return (await connection.execute(kept)).one()


def dialect_of(url: str) -> Dialect:
    """Say which kind of database a URL leads to. Raises `BadConnection`."""
    scheme, separator, _ = url.partition("://")
    dialect = DIALECTS.get(scheme.partition("+")[0]) if separator else None
    if dialect is None:
        raise BadConnection("A connection's address must begin with postgresql:// or sqlite://.")
    return dialect


def _read(row: ConnectionRow) -> Connection:
    return Connection(*row)

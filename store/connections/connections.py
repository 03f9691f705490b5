"""Connections: how targets are reached; their addresses are sealed, and shown to nobody."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4
from weakref import WeakValueDictionary

from sqlalchemy import Row, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from store.catalog import Dialect
from store.connections.encryption import Sealer
from store.connections.snapshot import Footing, footing_of
from store.database import Database, transaction
from store.errors import BadConnection, NameTaken, NotFound
from store.schema import connections
from store.targets.address import Address, write_address
from store.targets.address_url import read_address

NAME = re.compile(r"[A-Za-z0-9_-]{1,63}", re.ASCII)
# There is one tenant as yet; what is sealed is bound to its place all the same.
TENANT = b""


@dataclass(frozen=True, slots=True)
class Connection:
    """A target, by name; where it is and with whose credentials stays in the store.

    Where it does not tell values, none is sampled or kept, and no row goes to a language model.
    """

    id: UUID
    name: str
    dialect: Dialect
    description: str
    created_at: datetime
    tells_values: bool = True


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Whereabouts:
    """Where a connection leads. Equal ones lead to the same database as the same user."""

    id: UUID
    address: Address


ConnectionRow = Row[UUID, str, Dialect, str, datetime, bool]
# What a connection says of itself, by column.
Told = Mapping[str, str | bool]
COLUMNS = (
    connections.c.id,
    connections.c.name,
    connections.c.dialect,
    connections.c.description,
    connections.c.created_at,
    connections.c.tells_values,
)


class Connections:
    """All connections. Everything here raises `StoreUnavailable` when the store is gone."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._engine = database.engine
        self._sealer = sealer
        # To open a seal takes longer than the rest. Who needs what is in it holds it; nobody else does.
        self._unsealed: WeakValueDictionary[tuple[UUID, bytes], Whereabouts] = WeakValueDictionary()
        # A single statement needs no BEGIN and COMMIT around it.
        self._at_once = database.engine.execution_options(isolation_level="AUTOCOMMIT")

    async def add(
        self, name: str, address: str | Address, description: str = "", *, tells_values: bool = True
    ) -> Connection:
        """Keep a new connection, by its address or its URL. Raises `BadConnection`, `NameTaken`."""
        given = as_address(address)
        told: Told = {"description": description, "tells_values": tells_values}
        async with transaction(self._at_once) as connection:
            row = await self._insert(connection, name, given, told)
        if row is None:
            raise NameTaken(name)
        return _read(row)

    async def replace(self, name: str, address: str | Address, description: str = "") -> Connection:
        """Keep a connection, in the place of the one of this name if there is one. Raises `BadConnection`."""
        given = as_address(address)
        told: Told = {"description": description}
        async with transaction(self._engine) as connection:
            row = None
            # Somebody may remove it between the two; then there is room for it again.
            while row is None:
                row = await self._insert(connection, name, given, told) or await self._update(
                    connection, name, given, told
                )
        return _read(row)

    async def change(self, name: str, *, tells_values: bool) -> Connection:
        """Say whether values may be told: from the next question on. Raises `NotFound`."""
        changed = update(connections).where(connections.c.name == name).values(tells_values=tells_values)
        async with transaction(self._at_once) as connection:
            row = (await connection.execute(changed.returning(*COLUMNS))).one_or_none()
        if row is None:
            raise NotFound("connection", name)
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

    async def whereabouts(self, name: str) -> Whereabouts:
        """Tell where a connection leads, credentials and all. Raises `NotFound`, `BadKey`."""
        found = await footing_of(self._database, name)
        if found is None:
            raise NotFound("connection", name)
        return self._unseal(found)

    async def rewrap(self) -> int:
        """Wrap the key of every connection anew, with the key now in force. Count them. Raises `BadKey`.

        All of them or none. What is added meanwhile is sealed with that key already.
        """
        async with transaction(self._engine) as connection:
            rows = await connection.execute(select(connections.c.id, connections.c.sealed).with_for_update())
            kept = rows.all()
            for id, sealed in kept:
                anew = self._sealer.rewrap(sealed, _place(id))
                await connection.execute(
                    update(connections).where(connections.c.id == id).values(sealed=anew)
                )
        return len(kept)

    async def remove(self, name: str) -> None:
        """Forget a connection. Raises `NotFound`."""
        async with transaction(self._at_once) as connection:
            gone = await connection.execute(delete(connections).where(connections.c.name == name))
        if gone.rowcount == 0:
            raise NotFound("connection", name)

    def _unseal(self, found: Footing) -> Whereabouts:
        known = self._unsealed.get((found.id, found.sealed))
        if known is None:
            text = self._sealer.open(found.sealed, _place(found.id))
            known = self._unsealed[found.id, found.sealed] = Whereabouts(found.id, read_address(text))
        return known

    async def _insert(
        self, connection: AsyncConnection, name: str, address: Address, told: Told
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
            "dialect": address.dialect,
            "sealed": self._sealer.seal(write_address(address), _place(id)),
            **told,
        }
        kept = insert(connections).values(row).on_conflict_do_nothing().returning(*COLUMNS)
        return (await connection.execute(kept)).one_or_none()

    async def _update(
        self, connection: AsyncConnection, name: str, address: Address, told: Told
    ) -> ConnectionRow | None:
        """Change it, if it is there: what is known about it under its id is kept."""
        named = connections.c.name == name
        found = await connection.execute(select(connections.c.id).where(named).with_for_update())
        id = found.scalar_one_or_none()
        if id is None:
            return None
        changed = {
            "dialect": address.dialect,
            "sealed": self._sealer.seal(write_address(address), _place(id)),
            **told,
        }
        kept = update(connections).where(connections.c.id == id).values(changed).returning(*COLUMNS)
        return (await connection.execute(kept)).one()


def as_address(given: str | Address) -> Address:
    """Read an address where it is none yet. Raises `BadConnection`."""
    return read_address(given) if isinstance(given, str) else given


def _place(id: UUID) -> bytes:
    """What a sealed address is bound to: moved to another row, it cannot be opened."""
    return TENANT + id.bytes


def _read(row: ConnectionRow) -> Connection:
    return Connection(*row)

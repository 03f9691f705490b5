"""Connection store: names and encrypted addresses of target databases."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID, uuid4
from weakref import WeakValueDictionary

from psycopg.rows import DictRow

from store.catalog import Dialect
from store.connections.encryption import CredentialCipher
from store.connections.snapshot import ConnectionSnapshot, load_snapshot
from store.database import Database, DatabaseConnection
from store.errors import InvalidConnection, NameTaken, NotFound
from store.request_cache import RequestCache
from store.targets.address import TargetAddress, parse_address, serialize_address

NAME = re.compile(r"[A-Za-z0-9_-]{1,63}", re.ASCII)

_ADD: LiteralString = """
    INSERT INTO connections (id, name, dialect, description, encrypted_address, share_values)
    VALUES (%(id)s, %(name)s, %(dialect)s, %(description)s, %(encrypted_address)s, %(share_values)s)
    ON CONFLICT DO NOTHING
    RETURNING id, name, dialect, description, created_at, share_values
"""
_LOCK: LiteralString = "SELECT id FROM connections WHERE name = %(name)s FOR UPDATE"
_REPLACE: LiteralString = """
    UPDATE connections SET dialect = %(dialect)s, description = %(description)s,
        encrypted_address = %(encrypted_address)s
    WHERE id = %(id)s
    RETURNING id, name, dialect, description, created_at, share_values
"""
_SET_SHARE_VALUES: LiteralString = """
    UPDATE connections SET share_values = %(share_values)s WHERE name = %(name)s
    RETURNING id, name, dialect, description, created_at, share_values
"""
_LIST: LiteralString = """
    SELECT id, name, dialect, description, created_at, share_values FROM connections ORDER BY name
"""
_FIND: LiteralString = """
    SELECT id, name, dialect, description, created_at, share_values FROM connections WHERE name = %(name)s
"""
_LOCK_ALL: LiteralString = "SELECT id, encrypted_address FROM connections FOR UPDATE"
_SET_ADDRESS: LiteralString = """
    UPDATE connections SET encrypted_address = %(encrypted_address)s WHERE id = %(id)s
"""
_REMOVE: LiteralString = "DELETE FROM connections WHERE name = %(name)s"


@dataclass(frozen=True, slots=True)
class Connection:
    """Stored connection, without its address and credentials.

    Without `share_values` no value is sampled or indexed, and no row is sent to a language model.
    """

    id: UUID
    name: str
    dialect: Dialect
    description: str
    created_at: datetime
    share_values: bool = True


@dataclass(frozen=True, slots=True, weakref_slot=True)
class ResolvedConnection:
    """Decrypted address of a connection. Equal ones lead to the same database with the same credentials."""

    id: UUID
    address: TargetAddress


class ConnectionStore:
    """Repository of connections. All methods raise `StoreUnavailable`."""

    def __init__(self, database: Database, cipher: CredentialCipher) -> None:
        self._database = database
        self._cipher = cipher
        # Decryption is slow, so its result is cached – weakly: plaintext lives only while a target uses it.
        self._resolved: WeakValueDictionary[tuple[UUID, bytes], ResolvedConnection] = WeakValueDictionary()

    async def add(
        self, name: str, address: str | TargetAddress, description: str = "", *, share_values: bool = True
    ) -> Connection:
        """Add a connection by its address or URL. Raises `InvalidConnection`, `NameTaken`."""
        parsed = to_address(address)
        async with self._database.connection() as connection:
            row = await self._insert(
                connection, name, parsed, {"description": description, "share_values": share_values}
            )
        if row is None:
            raise NameTaken(name)
        return Connection(**row)

    async def replace(self, name: str, address: str | TargetAddress, description: str = "") -> Connection:
        """Add a connection, or replace the address of the existing one. Raises `InvalidConnection`.

        An existing connection keeps its id, and with it its map, its policy and `share_values`.
        """
        parsed = to_address(address)
        async with self._database.transaction() as connection:
            row = None
            # Another process may delete the row between the two statements; then inserting succeeds.
            while row is None:
                row = await self._insert(
                    connection, name, parsed, {"description": description, "share_values": True}
                ) or await self._update(connection, name, parsed, description)
        return Connection(**row)

    async def update(self, name: str, *, share_values: bool) -> Connection:
        """Set whether values may be shared; applies from the next question on. Raises `NotFound`."""
        row = await self._database.fetch_one(_SET_SHARE_VALUES, name=name, share_values=share_values)
        if row is None:
            raise NotFound("connection", name)
        return Connection(**row)

    async def all(self) -> list[Connection]:
        """Return all connections, ordered by name."""
        return [Connection(**row) for row in await self._database.fetch(_LIST)]

    async def find(self, name: str) -> Connection:
        """Return the connection with this name. Raises `NotFound`."""
        row = await self._database.fetch_one(_FIND, name=name)
        if row is None:
            raise NotFound("connection", name)
        return Connection(**row)

    async def resolve(self, name: str, cache: RequestCache | None = None) -> ResolvedConnection:
        """Return the decrypted address of a connection. Raises `NotFound`, `InvalidKey`."""
        snapshot = await load_snapshot(self._database, name, cache)
        if snapshot is None:
            raise NotFound("connection", name)
        return self._decrypt(snapshot)

    async def rewrap(self) -> int:
        """Re-encrypt the data key of every connection with the current master key, all or none.

        Connections added meanwhile already use that key. Returns their number. Raises `InvalidKey`.
        """
        async with self._database.transaction() as connection:
            rows = await (await connection.execute(_LOCK_ALL)).fetchall()
            for row in rows:
                rewrapped = self._cipher.rewrap(row["encrypted_address"], _associated_data(row["id"]))
                await connection.execute(_SET_ADDRESS, {"id": row["id"], "encrypted_address": rewrapped})
        return len(rows)

    async def remove(self, name: str) -> None:
        """Delete a connection with everything stored about it. Raises `NotFound`."""
        if await self._database.execute(_REMOVE, name=name) == 0:
            raise NotFound("connection", name)

    def _decrypt(self, snapshot: ConnectionSnapshot) -> ResolvedConnection:
        key = (snapshot.id, snapshot.encrypted_address)
        resolved = self._resolved.get(key)
        if resolved is None:
            url = self._cipher.decrypt(snapshot.encrypted_address, _associated_data(snapshot.id))
            resolved = self._resolved[key] = ResolvedConnection(snapshot.id, parse_address(url))
        return resolved

    async def _insert(
        self,
        connection: DatabaseConnection,
        name: str,
        address: TargetAddress,
        settings: Mapping[str, str | bool],
    ) -> DictRow | None:
        """Insert a row; None if the name is taken."""
        if not NAME.fullmatch(name):
            raise InvalidConnection(
                "The name of a connection has 1 to 63 characters: ASCII letters, digits, - and _."
            )
        id = uuid4()
        cursor = await connection.execute(_ADD, {"name": name, **settings, **self._columns(id, address)})
        return await cursor.fetchone()

    async def _update(
        self, connection: DatabaseConnection, name: str, address: TargetAddress, description: str
    ) -> DictRow | None:
        """Update the row of this name, keeping its id; None if there is none."""
        row = await (await connection.execute(_LOCK, {"name": name})).fetchone()
        if row is None:
            return None
        cursor = await connection.execute(
            _REPLACE, {"description": description, **self._columns(row["id"], address)}
        )
        return await cursor.fetchone()

    def _columns(self, id: UUID, address: TargetAddress) -> Mapping[str, UUID | str | bytes]:
        encrypted = self._cipher.encrypt(serialize_address(address), _associated_data(id))
        return {"id": id, "dialect": address.dialect, "encrypted_address": encrypted}


def to_address(address: str | TargetAddress) -> TargetAddress:
    """Parse an address given as a URL. Raises `InvalidConnection`."""
    return parse_address(address) if isinstance(address, str) else address


def _associated_data(id: UUID) -> bytes:
    """Bind an encrypted address to its row: moved to another row, it cannot be decrypted."""
    return id.bytes

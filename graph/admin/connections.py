"""Connection use cases: add, test, change and remove databases, rotate the encryption key."""

import asyncio
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from graph.admin.schema_sync import SchemaSyncService
from graph.errors import InvalidAdminRequest
from store.connections.connections import Connection, ConnectionStore
from store.connections.encryption import rotate_key as rotate_key_file
from store.errors import StoreUnavailable
from store.maps.syncs import SchemaSync
from store.targets.address import TargetAddress
from store.targets.registry import TargetRegistry


@dataclass(frozen=True, slots=True)
class NewConnection:
    """Connection to add."""

    name: str
    address: TargetAddress
    description: str = ""
    share_values: bool = True


@dataclass(frozen=True, slots=True)
class AddedConnection:
    """Connection that was added: its number of visible tables, and its first sync, which is queued."""

    connection: Connection
    tables: int
    sync: SchemaSync


@dataclass(frozen=True)
class ConnectionAdmin:
    """Connection use cases. All methods raise `StoreUnavailable`."""

    connections: ConnectionStore
    targets: TargetRegistry
    schema_sync: SchemaSyncService

    async def add(self, new: NewConnection) -> AddedConnection:
        """Test a connection, store it, and queue its first sync; all or nothing.

        Raises `InvalidConnection`, `NameTaken`, `TargetUnavailable`.
        """
        catalog = await self.targets.test_connection(new.address)
        connection = await self.connections.add(
            new.name, new.address, new.description, share_values=new.share_values
        )
        try:
            sync = await self.schema_sync.request(connection.name)
        except (StoreUnavailable, asyncio.CancelledError):
            await self.connections.remove(connection.name)
            raise
        return AddedConnection(connection, len(catalog.tables), sync)

    async def test(self, name: str) -> int:
        """Connect to a database and count its visible tables. Raises `NotFound`, `TargetUnavailable`."""
        await self.connections.find(name)
        target = await self.targets.open(name)
        return len((await target.catalog()).tables)

    async def set_share_values(self, name: str, share_values: bool) -> SchemaSync:
        """Set whether values are shared, and queue a sync that removes or samples them. Raises `NotFound`."""
        await self.connections.update(name, share_values=share_values)
        return await self.schema_sync.request(name)

    async def remove(self, name: str) -> None:
        """Remove a connection and its schema map. Raises `NotFound`."""
        await self.connections.remove(name)
        await self.targets.evict(name)


async def rotate_key(connections: ConnectionStore, data: Path, secret_key: str | None) -> int:
    """Encrypt the data keys of all connections with a new master key; return their number.

    Without `secret_key`, the key file in the data folder is replaced. Raises `InvalidAdminRequest` if
    `secret_key` holds only one key.
    """
    if secret_key is not None and len(secret_key.replace(",", " ").split()) < 2:
        raise InvalidAdminRequest("QUERENT_SECRET_KEY must contain the new key followed by the previous one.")
    with rotate_key_file(data) if secret_key is None else nullcontext():
        return await connections.rewrap()

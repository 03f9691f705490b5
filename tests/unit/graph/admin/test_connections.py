"""Connections, added and removed by whichever door."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from graph.admin.connections import ConnectionAdmin, NewConnection, rotate_key
from graph.errors import InvalidAdminRequest
from store.catalog import Catalog
from store.errors import StoreUnavailable, TargetUnavailable
from store.targets.address import TargetAddress, file_address

PETS = NewConnection("pets", file_address("sqlite", "pets.sqlite"), "Some pets.")


class Store:
    """Connections, targets and the queue of syncs at once."""

    def __init__(self, *, is_reachable: bool = True, has_queue: bool = True) -> None:
        self.is_reachable = is_reachable
        self.has_queue = has_queue
        self.names: list[str] = []
        self.evicted: list[str] = []

    async def test_connection(self, address: TargetAddress) -> Catalog:
        if not self.is_reachable:
            raise TargetUnavailable("The database is not available.")
        return Catalog("sqlite", ())

    async def add(self, name: str, address: TargetAddress, description: str, *, share_values: bool) -> Any:
        self.names.append(name)
        return SimpleNamespace(name=name)

    async def remove(self, name: str) -> None:
        self.names.remove(name)

    async def evict(self, name: str) -> None:
        self.evicted.append(name)

    async def request(self, name: str) -> Any:
        if not self.has_queue:
            raise StoreUnavailable("The store is not available.")
        return SimpleNamespace(id=uuid4(), connection=name)

    async def rewrap(self) -> int:
        return len(self.names)


def admin_of(store: Store) -> ConnectionAdmin:
    fake: Any = store
    return ConnectionAdmin(fake, fake, fake)


async def test_a_connection_is_tested_stored_and_synced() -> None:
    store = Store()
    added = await admin_of(store).add(PETS)
    assert (added.tables, added.sync.connection, store.names) == (0, "pets", ["pets"])


async def test_a_database_that_cannot_be_reached_is_not_stored() -> None:
    store = Store(is_reachable=False)
    with pytest.raises(TargetUnavailable):
        await admin_of(store).add(PETS)
    assert store.names == []


async def test_a_connection_whose_sync_cannot_be_queued_is_not_stored() -> None:
    store = Store(has_queue=False)
    with pytest.raises(StoreUnavailable):
        await admin_of(store).add(PETS)
    assert store.names == []


async def test_a_connection_is_removed_with_its_open_target() -> None:
    store = Store()
    await admin_of(store).add(PETS)
    await admin_of(store).remove("pets")
    assert (store.names, store.evicted) == ([], ["pets"])


async def test_a_key_is_rotated_only_to_another_one(tmp_path: Path) -> None:
    fake: Any = Store()
    with pytest.raises(InvalidAdminRequest, match="the new key followed by the previous one"):
        await rotate_key(fake, tmp_path, "only-one")
    assert await rotate_key(fake, tmp_path, "new,old") == 0

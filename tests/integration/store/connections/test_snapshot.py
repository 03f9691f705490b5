"""Connection snapshots, and the cache of decrypted addresses."""

import pytest

from store.access.policies import PolicyStore
from store.connections.connections import ConnectionStore
from store.connections.encryption import CredentialCipher
from store.connections.snapshot import ConnectionSnapshot, load_snapshot
from store.database import Database
from store.maps.maps import MapStore
from store.request_cache import RequestCache

BODY = "roles: {default: {}}"


@pytest.fixture
async def connections(database: Database) -> ConnectionStore:
    store = ConnectionStore(database, CredentialCipher(bytes(32)))
    await store.add("sales", "sqlite:////data/sales.db")
    return store


async def snapshot(database: Database) -> ConnectionSnapshot:
    current = await load_snapshot(database, "sales")
    assert current is not None
    return current


async def test_a_new_connection_has_neither_policy_nor_map(
    database: Database, connections: ConnectionStore
) -> None:
    current = await snapshot(database)
    assert (current.policy, current.head) == (None, None)
    assert current.id == (await connections.find("sales")).id


async def test_a_policy_is_seen_where_there_is_no_map(
    database: Database, connections: ConnectionStore
) -> None:
    await PolicyStore(database).save("sales", BODY)
    current = await snapshot(database)
    assert current.policy is not None
    assert (current.policy.body, current.head) == (BODY, None)


async def test_what_is_needed_of_a_connection_is_found_out_at_once(
    database: Database, connections: ConnectionStore
) -> None:
    cache, policies, maps = RequestCache(), PolicyStore(database), MapStore(database)
    assert (await policies.find("sales", cache), await maps.head("sales", cache)) == (None, None)
    where = await connections.resolve("sales", cache)
    await policies.save("sales", BODY)
    await connections.remove("sales")
    assert await policies.find("sales", cache) is None
    assert await connections.resolve("sales", cache) is where
    assert await load_snapshot(database, "sales") is None


async def test_what_was_resolved_is_forgotten_with_who_needs_it(connections: ConnectionStore) -> None:
    resolved = await connections.resolve("sales")
    assert await connections.resolve("sales") is resolved
    assert len(connections._resolved) == 1
    del resolved
    assert len(connections._resolved) == 0

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
    known = ConnectionStore(database, CredentialCipher(bytes(32)))
    await known.add("sales", "sqlite:////data/sales.db")
    return known


async def snapshot(database: Database) -> ConnectionSnapshot:
    found = await load_snapshot(database, "sales")
    assert found is not None
    return found


async def test_a_new_connection_has_neither_policy_nor_map(
    database: Database, connections: ConnectionStore
) -> None:
    found = await snapshot(database)
    assert (found.policy, found.head) == (None, None)
    assert found.id == (await connections.find("sales")).id


async def test_a_policy_is_seen_where_there_is_no_map(
    database: Database, connections: ConnectionStore
) -> None:
    await PolicyStore(database).save("sales", BODY)
    found = await snapshot(database)
    assert found.policy is not None
    assert (found.policy.body, found.head) == (BODY, None)


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
    held = await connections.resolve("sales")
    assert await connections.resolve("sales") is held
    assert len(connections._resolved) == 1
    del held
    assert len(connections._resolved) == 0

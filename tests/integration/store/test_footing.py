import pytest

from store.access.policies import Policies
from store.connections.connections import Connections
from store.connections.encryption import Sealer
from store.connections.snapshot import Footing, footing_of
from store.database import Database
from store.maps.maps import MapStore
from store.request_cache import asking_once

BODY = "roles: {default: {}}"


@pytest.fixture
async def connections(database: Database) -> Connections:
    known = Connections(database, Sealer(bytes(32)))
    await known.add("sales", "sqlite:////data/sales.db")
    return known


async def footing(database: Database) -> Footing:
    found = await footing_of(database, "sales")
    assert found is not None
    return found


async def test_a_new_connection_has_neither_policy_nor_map(
    database: Database, connections: Connections
) -> None:
    found = await footing(database)
    assert (found.policy, found.head) == (None, None)
    assert found.id == (await connections.find("sales")).id


async def test_a_policy_is_seen_where_there_is_no_map(database: Database, connections: Connections) -> None:
    await Policies(database).keep("sales", BODY)
    found = await footing(database)
    assert found.policy is not None
    assert (found.policy.body, found.head) == (BODY, None)


async def test_what_is_needed_of_a_connection_is_found_out_at_once(
    database: Database, connections: Connections
) -> None:
    with asking_once():
        policies, maps = Policies(database), MapStore(database)
        assert (await policies.of("sales"), await maps.head("sales")) == (None, None)
        where = await connections.whereabouts("sales")
        await policies.keep("sales", BODY)
        await connections.remove("sales")
        assert await policies.of("sales") is None
        assert await connections.whereabouts("sales") is where
    assert await footing_of(database, "sales") is None


async def test_what_was_unsealed_is_forgotten_with_who_needs_it(connections: Connections) -> None:
    held = await connections.whereabouts("sales")
    assert await connections.whereabouts("sales") is held
    assert len(connections._unsealed) == 1
    del held
    assert len(connections._unsealed) == 0

import pytest

from store.access.policies import Policies
from store.connections.connections import Connections
from store.connections.encryption import Sealer
from store.database import Database
from store.errors import NotFound


@pytest.fixture
async def policies(database: Database) -> Policies:
    await Connections(database, Sealer(bytes(32))).add("sales", "sqlite:////data/sales.db")
    return Policies(database)


async def test_a_connection_has_no_policy_until_one_is_kept(policies: Policies) -> None:
    assert await policies.of("sales") is None
    await policies.keep("sales", "roles: {a: {}}")
    kept = await policies.of("sales")
    assert kept is not None
    assert kept.body == "roles: {a: {}}"
    assert len(kept.salt) == 32


async def test_another_text_keeps_the_salt(policies: Policies) -> None:
    await policies.keep("sales", "first")
    first = await policies.of("sales")
    await policies.keep("sales", "second")
    second = await policies.of("sales")
    assert first is not None
    assert second is not None
    assert (second.body, second.salt) == ("second", first.salt)
    assert first.salt not in repr(first)


async def test_a_policy_can_be_dropped(policies: Policies) -> None:
    await policies.keep("sales", "first")
    assert await policies.drop("sales")
    assert not await policies.drop("sales")
    assert await policies.of("sales") is None


async def test_nobody_keeps_a_policy_of_nothing(policies: Policies) -> None:
    with pytest.raises(NotFound):
        await policies.keep("nowhere", "first")
    assert await policies.of("nowhere") is None


async def test_a_policy_goes_with_its_connection(policies: Policies, database: Database) -> None:
    await policies.keep("sales", "first")
    known = Connections(database, Sealer(bytes(32)))
    await known.remove("sales")
    await known.add("sales", "sqlite:////data/sales.db")
    assert await policies.of("sales") is None

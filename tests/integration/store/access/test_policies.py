"""Policy store."""

import pytest

from store.access.policies import PolicyStore
from store.connections.connections import ConnectionStore
from store.connections.encryption import CredentialCipher
from store.database import Database
from store.errors import NotFound


@pytest.fixture
async def policies(database: Database) -> PolicyStore:
    await ConnectionStore(database, CredentialCipher(bytes(32))).add("sales", "sqlite:////data/sales.db")
    return PolicyStore(database)


async def test_a_connection_has_no_policy_until_one_is_kept(policies: PolicyStore) -> None:
    assert await policies.find("sales") is None
    await policies.save("sales", "roles: {a: {}}")
    policy = await policies.find("sales")
    assert policy is not None
    assert policy.body == "roles: {a: {}}"
    assert len(policy.salt) == 32


async def test_another_text_keeps_the_salt(policies: PolicyStore) -> None:
    await policies.save("sales", "first")
    first = await policies.find("sales")
    await policies.save("sales", "second")
    second = await policies.find("sales")
    assert first is not None
    assert second is not None
    assert (second.body, second.salt) == ("second", first.salt)
    assert first.salt not in repr(first)


async def test_a_policy_can_be_dropped(policies: PolicyStore) -> None:
    await policies.save("sales", "first")
    assert await policies.remove("sales")
    assert not await policies.remove("sales")
    assert await policies.find("sales") is None


async def test_nobody_keeps_a_policy_of_nothing(policies: PolicyStore) -> None:
    with pytest.raises(NotFound):
        await policies.save("nowhere", "first")
    assert await policies.find("nowhere") is None


async def test_a_policy_goes_with_its_connection(policies: PolicyStore, database: Database) -> None:
    await policies.save("sales", "first")
    connections = ConnectionStore(database, CredentialCipher(bytes(32)))
    await connections.remove("sales")
    await connections.add("sales", "sqlite:////data/sales.db")
    assert await policies.find("sales") is None

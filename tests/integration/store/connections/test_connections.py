"""Connection store: names, encrypted addresses and key rotation."""

import asyncio

import pytest

from store.connections.connections import ConnectionStore
from store.connections.encryption import CredentialCipher
from store.database import Database
from store.errors import InvalidConnection, InvalidKey, NameTaken, NotFound
from store.targets.address import parse_address

URL = "postgresql://me:hush@db.example/sales"
OTHER = "sqlite:////data/sales.db"


@pytest.fixture
def connections(database: Database) -> ConnectionStore:
    return ConnectionStore(database, CredentialCipher(bytes(32)))


async def test_a_connection_can_be_found_again(connections: ConnectionStore) -> None:
    added = await connections.add("sales", URL, "What we sold.")
    assert (added.name, added.dialect, added.description) == ("sales", "postgres", "What we sold.")
    assert await connections.find("sales") == added
    assert await connections.all() == [added]


async def test_the_address_comes_out_only_when_asked_for(
    database: Database, connections: ConnectionStore
) -> None:
    added = await connections.add("sales", URL)
    assert "hush" not in repr(added)
    assert (await connections.resolve("sales")).address == parse_address(URL)
    async with database.pool.connection() as connection:
        stored = await (
            await connection.execute("SELECT connections::text AS row FROM connections")
        ).fetchall()
    assert len(stored) == 1
    assert b"hush".hex() not in stored[0]["row"]
    assert "hush" not in stored[0]["row"]


async def test_a_name_can_be_used_once(connections: ConnectionStore) -> None:
    await connections.add("sales", URL)
    with pytest.raises(NameTaken):
        await connections.add("sales", OTHER)
    assert (await connections.resolve("sales")).address == parse_address(URL)


async def test_replacing_keeps_what_is_known_under_the_id(connections: ConnectionStore) -> None:
    first = await connections.replace("sales", URL, "old")
    second = await connections.replace("sales", OTHER, "new")
    assert (second.id, second.created_at) == (first.id, first.created_at)
    assert (second.dialect, second.description) == ("sqlite", "new")
    assert (await connections.resolve("sales")).address == parse_address(OTHER)


async def test_many_may_replace_it_at_once(connections: ConnectionStore) -> None:
    stored = await asyncio.gather(*(connections.replace("sales", URL, str(nth)) for nth in range(8)))
    assert len({each.id for each in stored}) == 1
    assert (await connections.resolve("sales")).address == parse_address(URL)


async def test_what_is_removed_is_gone(connections: ConnectionStore) -> None:
    await connections.add("sales", URL)
    await connections.remove("sales")
    with pytest.raises(NotFound):
        await connections.find("sales")
    with pytest.raises(NotFound):
        await connections.resolve("sales")
    with pytest.raises(NotFound):
        await connections.remove("sales")


@pytest.mark.parametrize(
    "url", ["oracle://me:hush@db/x", "hush", "", "https://me:hush@db", "postgresql:hush"]
)
async def test_an_address_we_cannot_use_is_refused_without_its_password(
    connections: ConnectionStore, url: str
) -> None:
    with pytest.raises(
        InvalidConnection, match=r"postgresql://, mysql://, sqlite:/// or duckdb:///"
    ) as raised:
        await connections.add("sales", url)
    assert "hush" not in str(raised.value)


@pytest.mark.parametrize("name", ["", "two words", "a/b", "x" * 64, "naïve", "line\n", "semi;colon"])
async def test_a_name_must_be_plain(connections: ConnectionStore, name: str) -> None:
    with pytest.raises(InvalidConnection):
        await connections.add(name, URL)


async def test_an_address_encrypted_for_one_connection_cannot_be_decrypted_in_another(
    database: Database, connections: ConnectionStore
) -> None:
    await connections.add("sales", URL)
    await connections.add("mine", OTHER)
    await database.execute(
        "UPDATE connections SET encrypted_address = sales.encrypted_address FROM connections AS sales"
        " WHERE connections.name = 'mine' AND sales.name = 'sales'"
    )
    with pytest.raises(InvalidKey):
        await connections.resolve("mine")


async def test_a_new_key_is_put_around_what_is_kept(database: Database, connections: ConnectionStore) -> None:
    await connections.add("sales", URL)
    await connections.add("mine", OTHER)
    old, new = bytes(32), bytes(range(32))
    assert await ConnectionStore(database, CredentialCipher(new, old)).rewrap() == 2
    after = ConnectionStore(database, CredentialCipher(new))
    assert (await after.resolve("sales")).address == parse_address(URL)
    with pytest.raises(InvalidKey):
        await connections.resolve("sales")


async def test_removed_and_added_again_it_is_another_one(connections: ConnectionStore) -> None:
    await connections.add("sales", URL)
    before = await connections.resolve("sales")
    await connections.replace("sales", URL, "the same")
    assert await connections.resolve("sales") == before
    await connections.remove("sales")
    await connections.add("sales", URL)
    assert await connections.resolve("sales") != before


async def test_another_key_opens_nothing(database: Database, connections: ConnectionStore) -> None:
    await connections.add("sales", URL)
    with pytest.raises(InvalidKey):
        await ConnectionStore(database, CredentialCipher(bytes(range(32)))).resolve("sales")


async def test_a_connection_tells_values_until_it_is_said_that_it_must_not(
    connections: ConnectionStore,
) -> None:
    assert (await connections.add("sales", URL)).share_values
    assert not (await connections.add("staff", URL, share_values=False)).share_values
    assert not (await connections.update("sales", share_values=False)).share_values
    assert not (await connections.find("sales")).share_values
    with pytest.raises(NotFound):
        await connections.update("nobody", share_values=True)


async def test_a_connection_that_is_replaced_goes_on_keeping_values_back(
    connections: ConnectionStore,
) -> None:
    await connections.add("sales", URL, share_values=False)
    assert not (await connections.replace("sales", OTHER)).share_values

import asyncio

import pytest

from store.connections.connections import Connections
from store.connections.encryption import Sealer
from store.database import Database
from store.errors import BadConnection, BadKey, NameTaken, NotFound
from store.targets.address_url import read_address

URL = "postgresql://me:hush@db.example/sales"
OTHER = "sqlite:////data/sales.db"


@pytest.fixture
def connections(database: Database) -> Connections:
    return Connections(database, Sealer(bytes(32)))


async def test_a_connection_can_be_found_again(connections: Connections) -> None:
    added = await connections.add("sales", URL, "What we sold.")
    assert (added.name, added.dialect, added.description) == ("sales", "postgres", "What we sold.")
    assert await connections.find("sales") == added
    assert await connections.all() == [added]


async def test_the_address_comes_out_only_when_asked_for(
    database: Database, connections: Connections
) -> None:
    added = await connections.add("sales", URL)
    assert "hush" not in repr(added)
    assert (await connections.whereabouts("sales")).address == read_address(URL)
    async with database.pool.connection() as connection:
        kept = await (await connection.execute("SELECT connections::text AS row FROM connections")).fetchall()
    assert len(kept) == 1
    assert b"hush".hex() not in kept[0]["row"]
    assert "hush" not in kept[0]["row"]


async def test_a_name_can_be_used_once(connections: Connections) -> None:
    await connections.add("sales", URL)
    with pytest.raises(NameTaken):
        await connections.add("sales", OTHER)
    assert (await connections.whereabouts("sales")).address == read_address(URL)


async def test_replacing_keeps_what_is_known_under_the_id(connections: Connections) -> None:
    first = await connections.replace("sales", URL, "old")
    second = await connections.replace("sales", OTHER, "new")
    assert (second.id, second.created_at) == (first.id, first.created_at)
    assert (second.dialect, second.description) == ("sqlite", "new")
    assert (await connections.whereabouts("sales")).address == read_address(OTHER)


async def test_many_may_replace_it_at_once(connections: Connections) -> None:
    kept = await asyncio.gather(*(connections.replace("sales", URL, str(nth)) for nth in range(8)))
    assert len({each.id for each in kept}) == 1
    assert (await connections.whereabouts("sales")).address == read_address(URL)


async def test_what_is_removed_is_gone(connections: Connections) -> None:
    await connections.add("sales", URL)
    await connections.remove("sales")
    with pytest.raises(NotFound):
        await connections.find("sales")
    with pytest.raises(NotFound):
        await connections.whereabouts("sales")
    with pytest.raises(NotFound):
        await connections.remove("sales")


@pytest.mark.parametrize(
    "url", ["oracle://me:hush@db/x", "hush", "", "https://me:hush@db", "postgresql:hush"]
)
async def test_an_address_we_cannot_use_is_refused_without_its_password(
    connections: Connections, url: str
) -> None:
    with pytest.raises(BadConnection, match=r"postgresql://, mysql://, sqlite:/// or duckdb:///") as raised:
        await connections.add("sales", url)
    assert "hush" not in str(raised.value)


@pytest.mark.parametrize("name", ["", "two words", "a/b", "x" * 64, "naïve", "line\n", "semi;colon"])
async def test_a_name_must_be_plain(connections: Connections, name: str) -> None:
    with pytest.raises(BadConnection):
        await connections.add(name, URL)


async def test_an_address_sealed_for_one_connection_is_useless_in_another(
    database: Database, connections: Connections
) -> None:
    await connections.add("sales", URL)
    await connections.add("mine", OTHER)
    async with database.pool.connection() as connection:
        await connection.execute(
            "UPDATE connections SET sealed = (SELECT sealed FROM connections WHERE name = 'sales')"
            " WHERE name = 'mine'"
        )
    with pytest.raises(BadKey):
        await connections.whereabouts("mine")


async def test_a_new_key_is_put_around_what_is_kept(database: Database, connections: Connections) -> None:
    await connections.add("sales", URL)
    await connections.add("mine", OTHER)
    old, new = bytes(32), bytes(range(32))
    assert await Connections(database, Sealer(new, old)).rewrap() == 2
    after = Connections(database, Sealer(new))
    assert (await after.whereabouts("sales")).address == read_address(URL)
    with pytest.raises(BadKey):
        await connections.whereabouts("sales")


async def test_removed_and_added_again_it_is_another_one(connections: Connections) -> None:
    await connections.add("sales", URL)
    before = await connections.whereabouts("sales")
    await connections.replace("sales", URL, "the same")
    assert await connections.whereabouts("sales") == before
    await connections.remove("sales")
    await connections.add("sales", URL)
    assert await connections.whereabouts("sales") != before


async def test_another_key_opens_nothing(database: Database, connections: Connections) -> None:
    await connections.add("sales", URL)
    with pytest.raises(BadKey):
        await Connections(database, Sealer(bytes(range(32)))).whereabouts("sales")


async def test_a_connection_tells_values_until_it_is_said_that_it_must_not(connections: Connections) -> None:
    assert (await connections.add("sales", URL)).tells_values
    assert not (await connections.add("staff", URL, tells_values=False)).tells_values
    assert not (await connections.change("sales", tells_values=False)).tells_values
    assert not (await connections.find("sales")).tells_values
    with pytest.raises(NotFound):
        await connections.change("nobody", tells_values=True)


async def test_a_connection_that_is_replaced_goes_on_keeping_values_back(connections: Connections) -> None:
    await connections.add("sales", URL, tells_values=False)
    assert not (await connections.replace("sales", OTHER)).tells_values

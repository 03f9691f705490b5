from uuid import UUID

import pytest
from sqlalchemy import text

import store.passage_indexes
from schema_docs.embedder import WordLlamaEmbedder
from store.connections import Connection, Connections
from store.database import Database
from store.passages import MapStore
from store.sealing import Sealer
from tests.bench.passages import fill, measure

MANY = 4_000


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is many in a test is little elsewhere."""
    monkeypatch.setattr(store.passage_indexes, "MOST_EXACT", 2_000)


@pytest.fixture
def maps(database: Database) -> MapStore:
    return MapStore(database.engine)


async def connect(database: Database, name: str) -> Connection:
    return await Connections(database.engine, Sealer(bytes(32))).add(name, f"sqlite:///{name}.sqlite", "")


async def indexes(database: Database) -> set[str]:
    async with database.engine.connect() as connection:
        found = await connection.execute(
            text("SELECT indexname FROM pg_indexes WHERE indexname LIKE 'map_passages_near_%'")
        )
        return {str(name) for (name,) in found}


async def test_exact_search_within_a_connection_finds_everything(database: Database, maps: MapStore) -> None:
    one, other = await connect(database, "one"), await connect(database, "other")
    await fill(maps, one, 1_000, 1)
    await fill(maps, other, 1_000, 2)
    _, share = await measure(maps, [one, other], many=False)
    assert share == 1.0
    vector = WordLlamaEmbedder().embed(["table of names"])[0].tolist()
    theirs = {near.place.table for near in await maps.nearest(other.id, vector, 50, 150)}
    assert not theirs & {near.place.table for near in await maps.nearest(one.id, vector, 50, 150)}


async def test_a_large_connection_has_an_index_of_its_own_that_finds_almost_everything(
    database: Database, maps: MapStore
) -> None:
    large, small = await connect(database, "large"), await connect(database, "small")
    await fill(maps, large, MANY, 1)
    await fill(maps, small, 1_000, 2)
    for each in (large, small):
        await maps.tend(each.id)
    assert {name.split("_")[3] for name in await indexes(database)} == {large.id.hex}
    assert await uses_an_index(database, large.id)
    _, share = await measure(maps, [large], many=True)
    assert share >= 0.99


async def test_without_its_index_a_large_connection_is_searched_exactly(
    database: Database, maps: MapStore
) -> None:
    large = await connect(database, "large")
    await fill(maps, large, MANY, 1)
    _, share = await measure(maps, [large], many=True)
    assert share == 1.0


async def test_an_index_nobody_needs_is_dropped(database: Database, maps: MapStore) -> None:
    gone, shrunk = await connect(database, "gone"), await connect(database, "shrunk")
    for each in (gone, shrunk):
        await fill(maps, each, 3_000, 1)
        await maps.tend(each.id)
    assert len(await indexes(database)) == 4
    await Connections(database.engine, Sealer(bytes(32))).remove("gone")
    async with database.engine.begin() as connection:
        await connection.execute(text("DELETE FROM map_passages WHERE column_name > 'd'"))
    await maps.tend(shrunk.id)
    assert await indexes(database) == set()


async def uses_an_index(database: Database, connection_id: UUID) -> bool:
    async with database.engine.connect() as connection:
        statement = store.passage_indexes.near_statement(connection_id, 256, 50, 150)
        vector = str(WordLlamaEmbedder().embed(["table of names"])[0].tolist())
        plan = await connection.execute(text(f"EXPLAIN {statement.text}"), {"vector": vector})
        return f"map_passages_near_{connection_id.hex}" in "\n".join(line for (line,) in plan)

"""Vector search: exact, and by the HNSW indexes of large connections."""

from uuid import UUID

import pytest
from psycopg import sql

from benchmarks.vector_search import exact_search, fill, index_search, measure
from schema_docs.embedding.embedder import WordLlamaEmbedder
from store.connections.connections import Connection, ConnectionStore
from store.connections.encryption import CredentialCipher
from store.database import Database
from store.maps import vector_indexes
from store.maps.maps import MapStore

MANY = 4_000


@pytest.fixture(autouse=True)
def little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is many in a test is little elsewhere: here 2,000 passages of 256 numbers have room."""
    monkeypatch.setattr(vector_indexes, "MAX_IN_MEMORY_BYTES", 2_000 * 256 * 2)


@pytest.fixture
def maps(database: Database) -> MapStore:
    return MapStore(database)


async def connect(database: Database, name: str) -> Connection:
    return await ConnectionStore(database, CredentialCipher(bytes(32))).add(
        name, f"sqlite:///{name}.sqlite", ""
    )


async def indexes(database: Database) -> set[str]:
    rows = await database.fetch(
        "SELECT indexname FROM pg_indexes WHERE indexname LIKE 'map_passages_near_%%'"
    )
    return {row["indexname"] for row in rows}


async def test_an_exact_search_within_a_connection_finds_everything_and_nothing_of_others(
    database: Database, maps: MapStore
) -> None:
    first = await fill(maps, await connect(database, "one"), 1_000, 1)
    other = await fill(maps, await connect(database, "other"), 1_000, 2)
    assert (await measure(exact_search(maps), [first, other], 60)).recall >= 0.999
    vector = WordLlamaEmbedder().embed(["table of names"])[0].tolist()
    matches = await maps.nearest(first.connection.id, vector, 50, 150)
    assert {match.element for match in matches} <= set(first.elements)


async def test_a_very_large_connection_has_an_index_of_its_own_that_finds_almost_everything(
    database: Database, maps: MapStore
) -> None:
    large = await fill(maps, await connect(database, "large"), MANY, 1)
    small = await fill(maps, await connect(database, "small"), 1_000, 2)
    for each in (large, small):
        await maps.maintain_indexes(each.connection.id)
    assert {name.split("_")[3] for name in await indexes(database)} == {large.connection.id.hex}
    assert await uses_an_index(database, large.connection.id)
    assert (await measure(index_search(maps), [large], 60)).recall >= 0.99


async def test_without_its_index_a_very_large_connection_is_searched_exactly(
    database: Database, maps: MapStore
) -> None:
    large = await fill(maps, await connect(database, "large"), MANY, 1)
    assert not await uses_an_index(database, large.connection.id)
    assert (await measure(index_search(maps), [large], 60)).recall >= 0.999


async def test_an_index_nobody_needs_is_dropped(database: Database, maps: MapStore) -> None:
    gone, shrunk = await connect(database, "gone"), await connect(database, "shrunk")
    for each in (gone, shrunk):
        await fill(maps, each, 3_000, 1)
        await maps.maintain_indexes(each.id)
    assert len(await indexes(database)) == 4
    await ConnectionStore(database, CredentialCipher(bytes(32))).remove("gone")
    await database.execute("DELETE FROM map_passages WHERE column_name > 'd'")
    await maps.maintain_indexes(shrunk.id)
    assert await indexes(database) == set()


async def uses_an_index(database: Database, connection_id: UUID) -> bool:
    query = vector_indexes.build_nearest_query(connection_id, 256, 50, 150)
    vector = str(WordLlamaEmbedder().embed(["table of names"])[0].tolist())
    async with database.connection() as connection:
        plan = await connection.execute(sql.SQL("EXPLAIN ") + query, {"vector": vector})
        return f"map_passages_near_{connection_id.hex}" in str(await plan.fetchall())

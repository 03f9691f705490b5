import asyncio
from collections.abc import Sequence
from uuid import UUID

import pytest

from benchmarks.vector_search import FilledMap, fill, measure, quantized_search
from schema_docs.embedding.embedder import WordLlamaEmbedder
from schema_docs.search import quantized_index
from schema_docs.search.quantized_index import QuantizedIndexCache
from store.connections.connections import ConnectionStore
from store.connections.encryption import CredentialCipher
from store.database import Database
from store.maps import vector_indexes
from store.maps.maps import MapStore
from store.maps.records import MapHead, PassageMatch, PassageVectors, SchemaElement

VECTOR = WordLlamaEmbedder().embed(["table of names"])[0]


class CountingStore(MapStore):
    """Counts how often vectors are read."""

    reads = 0

    async def vectors(
        self, connection_id: UUID, after: SchemaElement | None = None, limit: int | None = None
    ) -> PassageVectors:
        """Give what the real one gives."""
        self.reads += 1
        return await super().vectors(connection_id, after, limit)


@pytest.fixture
def maps(database: Database) -> CountingStore:
    return CountingStore(database)


async def filled(database: Database, maps: MapStore, name: str, count: int, seed: int = 1) -> FilledMap:
    connections = ConnectionStore(database, CredentialCipher(bytes(32)))
    return await fill(maps, await connections.add(name, f"sqlite:///{name}.sqlite", ""), count, seed)


async def find(
    sieves: QuantizedIndexCache, connection: FilledMap, version: int = 1
) -> Sequence[PassageMatch]:
    return await sieves.find(MapHead(connection.connection.id, version), VECTOR, 5, 5)


async def test_a_large_map_is_read_in_parts_and_almost_everything_is_found(
    database: Database, maps: CountingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quantized_index, "_READ_BATCH", 700)
    monkeypatch.setattr(quantized_index, "_MIN_RESCORED", 1_500)
    large = await filled(database, maps, "large", 3_000)
    assert (await measure(quantized_search(maps), [large], 60)).recall >= 0.99
    assert maps.reads == 6


async def test_a_map_is_read_once_for_all_and_again_when_it_is_newer(
    database: Database, maps: CountingStore
) -> None:
    large, sieves = await filled(database, maps, "large", 500), QuantizedIndexCache(maps)
    result = await asyncio.gather(*(find(sieves, large) for _ in range(4)))
    assert result == [result[0]] * 4
    assert maps.reads == 2
    await database.execute("DELETE FROM map_passages")
    assert await find(sieves, large) == result[0]
    assert await find(sieves, large, version=2) == []
    assert await find(sieves, large, version=1) == []


async def test_what_is_too_large_is_searched_in_the_store(
    database: Database, maps: CountingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = await filled(database, maps, "large", 500)
    in_memory = await find(QuantizedIndexCache(maps), large)
    monkeypatch.setattr(vector_indexes, "MAX_IN_MEMORY_BYTES", 0)
    maps.reads = 0
    in_the_store = await find(QuantizedIndexCache(maps), large)
    assert [nearest.element for nearest in in_the_store] == [nearest.element for nearest in in_memory]
    assert maps.reads == 0


async def test_only_the_latest_few_are_held(
    database: Database, maps: CountingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quantized_index, "MAX_CACHED_INDEXES", 1)
    one, other = await filled(database, maps, "one", 200), await filled(database, maps, "other", 200, 2)
    sieves = QuantizedIndexCache(maps)
    for each in (one, other, other, one):
        await find(sieves, each)
    assert maps.reads == 6

"""Measure vector search in large maps: `python -m benchmarks.vector_search [--passages 200000] [--index]`.

Synthetic tables with the default embedder's vectors in a fresh embedded PostgreSQL: first in 200
connections, searched exactly in the store, then in one, searched by the quantized index in memory; with
`--index` also by an HNSW index in the store. Prints latencies and recall of the exact nearest neighbours.
Setup takes three minutes, the index two to six more.
"""

import argparse
import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from time import perf_counter
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from benchmarks.synthetic_schema import SyntheticSchema
from schema_docs.embedding.embedder import Vectors, WordLlamaEmbedder
from schema_docs.search.quantized_index import QuantizedIndexCache
from schema_docs.search.ranking import MAX_NEAREST_COLUMNS, MAX_NEAREST_TABLES
from store.connections.connections import Connection, ConnectionStore
from store.connections.encryption import CredentialCipher
from store.database import open_database
from store.embedded.server import open_embedded_server
from store.maps import vector_indexes
from store.maps.maps import MapStore
from store.maps.records import MapHead, NewPassage, PassageMatch, Revision, SchemaElement
from store.migrate import migrate

QUESTIONS = 300
_BATCH = 10_000

Search = Callable[[UUID, Vectors], Awaitable[Sequence[PassageMatch]]]


@dataclass(frozen=True)
class FilledMap:
    """A connection with synthetic passages and their vectors."""

    connection: Connection
    schema: SyntheticSchema
    elements: Sequence[SchemaElement]
    vectors: Vectors

    def recall(self, matches: Sequence[PassageMatch], vector: Vectors) -> float:
        """Return the recall of the nearest neighbours; ties count as found."""
        similar = self.vectors @ vector
        hits, total = 0, 0
        for kind, limit in ((~self._of_column, MAX_NEAREST_TABLES), (self._of_column, MAX_NEAREST_COLUMNS)):
            nearest = np.sort(similar[kind])[::-1][:limit]
            found_numbers = [number for match in matches if kind[number := self._numbers[match.element]]]
            hits += sum(similar[number] >= nearest[-1] - 1e-6 for number in found_numbers)
            total += len(nearest)
        return hits / total

    @cached_property
    def _of_column(self) -> NDArray[np.bool_]:
        return np.array([place.column is not None for place in self.elements])

    @cached_property
    def _numbers(self) -> dict[SchemaElement, int]:
        return {place: number for number, place in enumerate(self.elements)}


async def fill(maps: MapStore, connection: Connection, count: int, seed: int) -> FilledMap:
    """Store synthetic passages in a connection."""
    embedder, schema = WordLlamaEmbedder(), SyntheticSchema(seed)
    passages = list(schema.passages(count))
    vectors = embedder.embed([text for _, text in passages])
    for start in range(0, count, _BATCH):
        batch = zip(passages[start : start + _BATCH], vectors[start : start + _BATCH], strict=True)
        new = [NewPassage(place, "", text, vector.tolist()) for (place, text), vector in batch]
        await maps.save_revision(connection.id, Revision("{}", "", passages=new, embedder=embedder.name))
    return FilledMap(connection, schema, [place for place, _ in passages], vectors)


@dataclass(frozen=True)
class SearchReport:
    """How long searches took, in milliseconds, and how much of what is nearest they found."""

    times: Sequence[float]
    recall: float

    def __str__(self) -> str:
        cuts = quantiles(self.times, n=100)
        return f"p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms, {self.recall:.4f} of the nearest found"


async def measure(search: Search, maps: Sequence[FilledMap], questions: int = QUESTIONS) -> SearchReport:
    """Search the connections in turn; the first search of each, which plans the query, is not timed."""
    embedder = WordLlamaEmbedder()
    question_streams = [map_.schema.questions(-(-questions // len(maps)) + 1) for map_ in maps]
    for map_, words in zip(maps, question_streams, strict=True):
        await search(map_.connection.id, embedder.embed([next(words)])[0])
    times, answers = [], []
    for number in range(questions):
        map_ = maps[number % len(maps)]
        vector = embedder.embed([next(question_streams[number % len(maps)])])[0]
        began = perf_counter()
        matches = await search(map_.connection.id, vector)
        times.append((perf_counter() - began) * 1_000)
        if number % 3 == 0:
            answers.append((map_, matches, vector))
    # Computed after all searches: it uses all cores.
    shares = [map_.recall(matches, vector) for map_, matches, vector in answers]
    return SearchReport(times, sum(shares) / len(shares))


def exact_search(maps: MapStore) -> Search:
    """Search a small connection in the store."""
    return lambda connection, vector: maps.nearest(
        connection, vector.tolist(), MAX_NEAREST_TABLES, MAX_NEAREST_COLUMNS
    )


def quantized_search(maps: MapStore) -> Search:
    """Search a large connection by the quantized index, as the retriever does."""
    indexes = QuantizedIndexCache(maps)
    return lambda connection, vector: indexes.find(
        MapHead(connection, 1), vector, MAX_NEAREST_TABLES, MAX_NEAREST_COLUMNS
    )


def index_search(maps: MapStore) -> Search:
    """Search a connection by its HNSW index in the store."""
    return lambda connection, vector: maps.nearest_approximate(
        connection, vector.tolist(), MAX_NEAREST_TABLES, MAX_NEAREST_COLUMNS
    )


@asynccontextmanager
async def open_store() -> AsyncIterator[tuple[MapStore, ConnectionStore]]:
    """Open a temporary store."""
    with TemporaryDirectory(prefix="querent-bench-") as folder:
        async with open_embedded_server(Path(folder, "data")) as embedded:
            await embedded.create_database("bench")
            async with open_database(embedded.url("bench")) as database:
                await migrate(database)
                yield MapStore(database), ConnectionStore(database, CredentialCipher(bytes(32)))


async def main() -> None:
    """Fill a temporary store, search it and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, default=200_000)
    parser.add_argument("--connections", type=int, default=200)
    parser.add_argument("--index", action="store_true")
    options = parser.parse_args()
    async with open_store() as (maps, connections):
        passage_count = options.passages // options.connections
        filled_maps = [
            await _fill(maps, connections, passage_count, number) for number in range(options.connections)
        ]
        print_result(
            f"{passage_count:,} passages in each of {len(filled_maps)}, exactly, in the store",
            await measure(exact_search(maps), filled_maps),
        )
        for filled in filled_maps:
            await connections.remove(filled.connection.name)
        large_map = await _fill(maps, connections, options.passages, 0)
        search, started = quantized_search(maps), perf_counter()
        await search(large_map.connection.id, large_map.vectors[0])
        print_result(
            f"{options.passages:,} passages in one, index loaded into memory",
            f"{perf_counter() - started:.1f} s",
        )
        print_result("the same, by the quantized index", await measure(search, [large_map]))
        if options.index:
            vector_indexes.MAX_IN_MEMORY_BYTES = 0
            started = perf_counter()
            await maps.maintain_indexes(large_map.connection.id)
            print_result("the same, HNSW index built", f"{perf_counter() - started:.0f} s")
            print_result("the same, by that index", await measure(index_search(maps), [large_map]))


async def _fill(maps: MapStore, connections: ConnectionStore, count: int, seed: int) -> FilledMap:
    connection = await connections.add(f"c{count}-{seed}", f"sqlite:///{seed}.sqlite", "")
    return await fill(maps, connection, count, seed)


def print_result(label: str, result: SearchReport | str) -> None:
    """Print one result with the load average of the machine."""
    print(f"{label}: {result} (load {os.getloadavg()[0]:.1f})", flush=True)


if __name__ == "__main__":
    asyncio.run(main())

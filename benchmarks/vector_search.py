"""Measure searches among many passages: `python -m benchmarks.vector_search [--passages 200000] [--index]`.

Made-up tables with the default embedder's vectors, in an embedded PostgreSQL of its own: first in 200
connections, searched in the store, then in one, sifted in memory; with `--index` also by an index of its own
in the store. Tells how long searches take, and how much they find of what is nearest by vectors as the
embedder makes them. Making everything ready takes three minutes, the index two to six more.
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

from benchmarks.synthetic_schema import MadeUpSchema
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
class Filled:
    """A connection with made-up passages, and the vectors that the embedder made of them."""

    connection: Connection
    schema: MadeUpSchema
    places: Sequence[SchemaElement]
    vectors: Vectors

    def share(self, found: Sequence[PassageMatch], vector: Vectors) -> float:
        """Say how much of what is nearest was found; of those equally near, any will do."""
        similar = self.vectors @ vector
        hits, wanted = 0, 0
        for kind, most in ((~self._of_column, MAX_NEAREST_TABLES), (self._of_column, MAX_NEAREST_COLUMNS)):
            right = np.sort(similar[kind])[::-1][:most]
            there = [number for near in found if kind[number := self._numbers[near.element]]]
            hits += sum(similar[number] >= right[-1] - 1e-6 for number in there)
            wanted += len(right)
        return hits / wanted

    @cached_property
    def _of_column(self) -> NDArray[np.bool_]:
        return np.array([place.column is not None for place in self.places])

    @cached_property
    def _numbers(self) -> dict[SchemaElement, int]:
        return {place: number for number, place in enumerate(self.places)}


async def fill(maps: MapStore, connection: Connection, count: int, seed: int) -> Filled:
    """Keep made-up passages in a connection."""
    embedder, schema = WordLlamaEmbedder(), MadeUpSchema(seed)
    passages = list(schema.passages(count))
    vectors = embedder.embed([text for _, text in passages])
    for start in range(0, count, _BATCH):
        batch = zip(passages[start : start + _BATCH], vectors[start : start + _BATCH], strict=True)
        new = [NewPassage(place, "", text, vector.tolist()) for (place, text), vector in batch]
        await maps.save_revision(connection.id, Revision("{}", "", passages=new, embedder=embedder.name))
    return Filled(connection, schema, [place for place, _ in passages], vectors)


@dataclass(frozen=True)
class Measured:
    """How long searches took, in milliseconds, and how much of what is nearest they found."""

    times: Sequence[float]
    share: float

    def __str__(self) -> str:
        cuts = quantiles(self.times, n=100)
        return f"p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms, {self.share:.4f} of the nearest found"


async def measure(search: Search, filled: Sequence[Filled], questions: int = QUESTIONS) -> Measured:
    """Ask questions of connections in turn; the first of each, while plans are made, is not timed."""
    embedder = WordLlamaEmbedder()
    asked = [each.schema.questions(-(-questions // len(filled)) + 1) for each in filled]
    for each, words in zip(filled, asked, strict=True):
        await search(each.connection.id, embedder.embed([next(words)])[0])
    times, answers = [], []
    for number in range(questions):
        each = filled[number % len(filled)]
        vector = embedder.embed([next(asked[number % len(filled)])])[0]
        began = perf_counter()
        found = await search(each.connection.id, vector)
        times.append((perf_counter() - began) * 1_000)
        if number % 3 == 0:
            answers.append((each, found, vector))
    # Not between the searches: it takes all processors, and keeps them busy for a while.
    shares = [each.share(found, vector) for each, found, vector in answers]
    return Measured(times, sum(shares) / len(shares))


def exactly(maps: MapStore) -> Search:
    """Search a small connection in the store."""
    return lambda connection, vector: maps.nearest(
        connection, vector.tolist(), MAX_NEAREST_TABLES, MAX_NEAREST_COLUMNS
    )


def sifting(maps: MapStore) -> Search:
    """Search a large connection as the library does."""
    sieves = QuantizedIndexCache(maps)
    return lambda connection, vector: sieves.find(
        MapHead(connection, 1), vector, MAX_NEAREST_TABLES, MAX_NEAREST_COLUMNS
    )


def by_index(maps: MapStore) -> Search:
    """Search a connection by its own index in the store."""
    return lambda connection, vector: maps.nearest_approximate(
        connection, vector.tolist(), MAX_NEAREST_TABLES, MAX_NEAREST_COLUMNS
    )


@asynccontextmanager
async def opened() -> AsyncIterator[tuple[MapStore, ConnectionStore]]:
    """Make a store that is gone afterwards."""
    with TemporaryDirectory(prefix="querent-bench-") as folder:
        async with open_embedded_server(Path(folder, "data")) as embedded:
            await embedded.create_database("bench")
            async with open_database(embedded.url("bench")) as database:
                await migrate(database)
                yield MapStore(database), ConnectionStore(database, CredentialCipher(bytes(32)))


async def main() -> None:
    """Make a store, fill it, search it, tell the times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, default=200_000)
    parser.add_argument("--connections", type=int, default=200)
    parser.add_argument("--index", action="store_true")
    wanted = parser.parse_args()
    async with opened() as (maps, book):
        each = wanted.passages // wanted.connections
        many = [await _fill(maps, book, each, number) for number in range(wanted.connections)]
        tell(
            f"{each:,} passages in each of {len(many)}, exactly, in the store",
            await measure(exactly(maps), many),
        )
        for filled in many:
            await book.remove(filled.connection.name)
        large = await _fill(maps, book, wanted.passages, 0)
        search, began = sifting(maps), perf_counter()
        await search(large.connection.id, large.vectors[0])
        tell(f"{wanted.passages:,} passages in one, read into memory", f"{perf_counter() - began:.1f} s")
        tell("the same, sifted in memory", await measure(search, [large]))
        if wanted.index:
            vector_indexes.MAX_IN_MEMORY_BYTES = 0
            began = perf_counter()
            await maps.maintain_indexes(large.connection.id)
            tell("the same, an index made", f"{perf_counter() - began:.0f} s")
            tell("the same, by that index", await measure(by_index(maps), [large]))


async def _fill(maps: MapStore, book: ConnectionStore, count: int, seed: int) -> Filled:
    connection = await book.add(f"c{count}-{seed}", f"sqlite:///{seed}.sqlite", "")
    return await fill(maps, connection, count, seed)


def tell(what: str, measured: Measured | str) -> None:
    """Put one regime on the terminal, with how much else the machine had to do."""
    print(f"{what}: {measured} (load {os.getloadavg()[0]:.1f})", flush=True)


if __name__ == "__main__":
    asyncio.run(main())

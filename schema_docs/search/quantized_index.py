"""Binary quantization with rescoring: an in-memory vector index for large maps.

Vectors are compared by Hamming distance of their sign bits first, and the best of them are rescored with
int16 vectors. Signs are taken relative to the mean vector: relative to zero, vectors that all lean to one
side would look alike. Comparing signs takes a fifteenth of the time of comparing numbers. Charikar (2002,
section 3) gives the reason; his random hyperplanes are our axes, since embedding models spread information
over all of them.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from schema_docs.embedding.embedder import Vectors
from schema_docs.search.vector_index import top_indices
from store.maps.maps import MapStore
from store.maps.records import MapHead, PassageMatch, SchemaElement
from store.maps.vector_indexes import needs_index

# Numbers of a unit vector are between -1 and 1. 16-bit integers are as precise there as the store's half
# floats, and are converted to floats five times as fast.
_SCALE = np.float32(32_767)
# Candidates that are rescored: of 180,000 vectors they contained 0.998 of the 150 nearest.
_MIN_RESCORED = 5_000
_RESCORED_SHARE = 0.03
# Number of large maps kept in memory.
MAX_CACHED_INDEXES = 4
_READ_BATCH = 10_000

Int16Vectors = NDArray[np.int16]


class QuantizedIndex:
    """Binary-quantized index of passages; 200,000 of 256 dimensions take 110 MB. Tables come first."""

    def __init__(self, places: Sequence[SchemaElement], numbers: Int16Vectors) -> None:
        tables = sum(place.column is None for place in places)
        self._tables = _QuantizedPartition(places[:tables], numbers[:tables])
        self._columns = _QuantizedPartition(places[tables:], numbers[tables:])

    def find(self, vector: Vectors, tables: int, columns: int) -> list[PassageMatch]:
        """Return the nearest tables and columns, each nearest first. Recall is 0.998."""
        return [*self._tables.nearest(vector, tables), *self._columns.nearest(vector, columns)]


class _QuantizedPartition:
    """Passages of one kind: int16 vectors, and their sign bits by word."""

    def __init__(self, places: Sequence[SchemaElement], numbers: Int16Vectors) -> None:
        self._places = places
        self._vectors = numbers
        mean = numbers.sum(axis=0, dtype=np.int64) // max(len(places), 1)
        self._mean: Int16Vectors = mean.astype(np.int16)
        self._signs = np.ascontiguousarray(self._pack_signs(numbers).T)
        self._rescored = max(_MIN_RESCORED, int(len(places) * _RESCORED_SHARE))

    def nearest(self, vector: Vectors, limit: int) -> Iterator[PassageMatch]:
        candidates = self._candidates(vector)
        # As in `vector_index`: `@` would start threads.
        similar: Vectors = np.einsum("ij,j->i", self._vectors[candidates].astype(np.float32), vector) / _SCALE
        for number in top_indices(similar, limit):
            yield PassageMatch(self._places[candidates[number]], float(similar[number]))

    def _candidates(self, vector: Vectors) -> NDArray[np.intp]:
        """Return the rows whose signs agree best, with all ties of the last of them."""
        if len(self._places) <= self._rescored:
            return np.arange(len(self._places))
        query_signs = self._pack_signs(to_int16(vector[np.newaxis]))[0]
        distances = np.zeros(len(self._places), dtype=np.uint16)
        for row_words, query_word in zip(self._signs, query_signs, strict=True):
            distances += np.bitwise_count(row_words ^ query_word)
        cumulative = np.cumsum(np.bincount(distances))
        candidates: NDArray[np.intp] = np.flatnonzero(
            distances <= np.searchsorted(cumulative, self._rescored)
        )
        return candidates

    def _pack_signs(self, numbers: Int16Vectors) -> NDArray[np.uint64]:
        """Pack the signs of each row, 64 to a word."""
        signs = np.packbits(numbers > self._mean, axis=1)
        return np.pad(signs, ((0, 0), (0, -signs.shape[1] % 8))).view(np.uint64)


def to_int16(vectors: Vectors) -> Int16Vectors:
    """Quantize vectors of length one to two bytes per number."""
    numbers: Int16Vectors = np.rint(vectors * _SCALE).astype(np.int16)
    return numbers


@dataclass(frozen=True)
class _CachedIndex:
    """The index of one map version; None if it is too large to hold in memory."""

    version: int
    index: QuantizedIndex | None


class QuantizedIndexCache:
    """LRU cache of quantized indexes, each valid until a newer map version is loaded."""

    def __init__(self, store: MapStore) -> None:
        self._store = store
        self._cached: OrderedDict[UUID, _CachedIndex] = OrderedDict()
        self._loading = asyncio.Lock()

    async def find(self, head: MapHead, vector: Vectors, tables: int, columns: int) -> list[PassageMatch]:
        """Return the nearest passages, from the store's own index if there are too many to hold in memory.

        Raises `StoreUnavailable`.
        """
        cached = await self._get(head, len(vector))
        if cached.index is None:
            return await self._store.nearest_approximate(head.connection_id, vector.tolist(), tables, columns)
        return await asyncio.to_thread(cached.index.find, vector, tables, columns)

    async def _get(self, head: MapHead, dimensions: int) -> _CachedIndex:
        """Return the cached index, or load it once for all concurrent callers."""
        if self._is_stale(head):
            async with self._loading:
                if self._is_stale(head):
                    self._cached[head.connection_id] = await self._load(head, dimensions)
                    if len(self._cached) > MAX_CACHED_INDEXES:
                        self._cached.popitem(last=False)
        self._cached.move_to_end(head.connection_id)
        return self._cached[head.connection_id]

    def _is_stale(self, head: MapHead) -> bool:
        """Return whether the index must be loaded; a question begun before a sync may use a newer one."""
        cached = self._cached.get(head.connection_id)
        return cached is None or cached.version < head.version

    async def _load(self, head: MapHead, dimensions: int) -> _CachedIndex:
        size = await self._store.size(head.connection_id)
        if needs_index(size.passages, dimensions):
            return _CachedIndex(head.version, None)
        places: list[SchemaElement] = []
        batches: list[Int16Vectors] = []
        batch = await self._store.vectors(head.connection_id, limit=_READ_BATCH)
        while batch.elements:
            places += batch.elements
            batches.append(await asyncio.to_thread(to_int16, batch.vectors))
            batch = await self._store.vectors(head.connection_id, batch.elements[-1], _READ_BATCH)
        numbers = np.concatenate(batches) if batches else np.zeros((0, dimensions), dtype=np.int16)
        return _CachedIndex(head.version, await asyncio.to_thread(QuantizedIndex, places, numbers))

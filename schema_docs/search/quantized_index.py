"""The passages of a large map, searched in memory: first by the signs of their numbers, then by the numbers.

Two vectors that point the same way, seen from the middle of all, have numbers of the same sign almost
everywhere. To compare signs takes a fifteenth of the time that numbers take, and leaves few enough to compare
exactly. Charikar (2002, section 3) has the reason; his random planes are our axes, for embedders spread what
they know over all of them. Seen from zero instead, vectors that all lean to one side would look alike.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from schema_docs.embedding.embedder import Vectors
from schema_docs.search.vector_index import nearest_first
from store.maps.maps import MapStore
from store.maps.records import MapHead, Near, Place
from store.maps.vector_indexes import needs_index

# A vector of length one has numbers from -1 to 1. Whole ones of two bytes are as fine there as the store's
# halves, and are made floats again five times as fast.
_SCALE = np.float32(32_767)
# How many are compared by their numbers: of 180,000 these held 0.998 of the 150 that are nearest.
_LEAST_COMPARED = 5_000
_SHARE_COMPARED = 0.03
# Large maps held at a time.
MOST_HELD = 4
_READ_AT_A_TIME = 10_000

Numbers = NDArray[np.int16]


class Sieve:
    """Passages, all tables before all columns; 200,000 of 256 numbers take 110 MB."""

    def __init__(self, places: Sequence[Place], numbers: Numbers) -> None:
        tables = sum(place.column is None for place in places)
        self._tables = _Lane(places[:tables], numbers[:tables])
        self._columns = _Lane(places[tables:], numbers[tables:])

    def find(self, vector: Vectors, tables: int, columns: int) -> list[Near]:
        """Give the nearest tables and columns, each nearest first; three in a thousand are overlooked."""
        return [*self._tables.nearest(vector, tables), *self._columns.nearest(vector, columns)]


class _Lane:
    """Passages of one kind."""

    def __init__(self, places: Sequence[Place], numbers: Numbers) -> None:
        self._places = places
        self._numbers = numbers
        middle = numbers.sum(axis=0, dtype=np.int64) // max(len(places), 1)
        self._middle: Numbers = middle.astype(np.int16)
        self._signs = np.ascontiguousarray(self._signs_of(numbers).T)
        self._compared = max(_LEAST_COMPARED, int(len(places) * _SHARE_COMPARED))

    def nearest(self, vector: Vectors, most: int) -> Iterator[Near]:
        left = self._sifted(vector)
        # As in `nearby`: `@` would wake threads.
        similar: Vectors = np.einsum("ij,j->i", self._numbers[left].astype(np.float32), vector) / _SCALE
        for number in nearest_first(similar, most):
            yield Near(self._places[left[number]], float(similar[number]))

    def _sifted(self, vector: Vectors) -> NDArray[np.intp]:
        """Number those whose signs agree best, and all that agree as well as the last of them."""
        if len(self._places) <= self._compared:
            return np.arange(len(self._places))
        asked = self._signs_of(as_numbers(vector[np.newaxis]))[0]
        apart = np.zeros(len(self._places), dtype=np.uint16)
        for theirs, ours in zip(self._signs, asked, strict=True):
            apart += np.bitwise_count(theirs ^ ours)
        as_near = np.cumsum(np.bincount(apart))
        left: NDArray[np.intp] = np.flatnonzero(apart <= np.searchsorted(as_near, self._compared))
        return left

    def _signs_of(self, numbers: Numbers) -> NDArray[np.uint64]:
        """Pack the signs of each row, 64 to a number."""
        signs = np.packbits(numbers > self._middle, axis=1)
        return np.pad(signs, ((0, 0), (0, -signs.shape[1] % 8))).view(np.uint64)


def as_numbers(vectors: Vectors) -> Numbers:
    """Write vectors of length one in half the room."""
    numbers: Numbers = np.rint(vectors * _SCALE).astype(np.int16)
    return numbers


@dataclass(frozen=True)
class _Held:
    """What is known of one version of a map; a sieve that is None would be too large."""

    version: int
    sieve: Sieve | None


class Sieves:
    """Searches large maps. The latest few are held, each until a newer version is in force."""

    def __init__(self, store: MapStore) -> None:
        self._store = store
        self._held: OrderedDict[UUID, _Held] = OrderedDict()
        self._reading = asyncio.Lock()

    async def find(self, head: MapHead, vector: Vectors, tables: int, columns: int) -> list[Near]:
        """Give the nearest passages, by the store's index where there are too many to hold.

        Raises `StoreUnavailable`.
        """
        held = await self._of(head, len(vector))
        if held.sieve is None:
            return await self._store.nearest_of_many(head.connection_id, vector.tolist(), tables, columns)
        return await asyncio.to_thread(held.sieve.find, vector, tables, columns)

    async def _of(self, head: MapHead, dimensions: int) -> _Held:
        """Give what is held, or read it, once for all who wait for it."""
        if self._lacks(head):
            async with self._reading:
                if self._lacks(head):
                    self._held[head.connection_id] = await self._read(head, dimensions)
                    if len(self._held) > MOST_HELD:
                        self._held.popitem(last=False)
        self._held.move_to_end(head.connection_id)
        return self._held[head.connection_id]

    def _lacks(self, head: MapHead) -> bool:
        """A question begun before the last sync is content with what is newer."""
        held = self._held.get(head.connection_id)
        return held is None or held.version < head.version

    async def _read(self, head: MapHead, dimensions: int) -> _Held:
        size = await self._store.size(head.connection_id)
        if needs_index(size.passages, dimensions):
            return _Held(head.version, None)
        places: list[Place] = []
        parts: list[Numbers] = []
        part = await self._store.vectors(head.connection_id, most=_READ_AT_A_TIME)
        while part.places:
            places += part.places
            parts.append(await asyncio.to_thread(as_numbers, part.vectors))
            part = await self._store.vectors(head.connection_id, part.places[-1], _READ_AT_A_TIME)
        numbers = np.concatenate(parts) if parts else np.zeros((0, dimensions), dtype=np.int16)
        return _Held(head.version, await asyncio.to_thread(Sieve, places, numbers))

"""The nearest passages of a map, found in memory."""

from collections.abc import Collection, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from schema_docs.embedding.embedder import Embedder, Vectors
from schema_docs.text.tokenize import content_words
from store.maps.records import KeptVectors, Near, Place


def embed_question(question: str, embedder: Embedder) -> Vectors:
    """Give the vector of what a question is about; the words of its form draw all questions together."""
    vector: Vectors = embedder.embed([about(question)])[0]
    return vector


def about(question: str) -> str:
    """Leave only the words of what a question is about."""
    return " ".join(content_words(question))


class Nearby:
    """The passages of one map with their vectors, `(n, 256)` floats of length one; the search is exact."""

    def __init__(self, places: Sequence[Place], vectors: Vectors) -> None:
        of_column = np.array([place.column is not None for place in places], dtype=bool)
        self._tables = _Lane(places, vectors, np.flatnonzero(~of_column))
        self._columns = _Lane(places, vectors, np.flatnonzero(of_column))

    def find(self, vector: Vectors, tables: int, columns: int) -> list[Near]:
        """Give the nearest tables and the nearest columns, each nearest first."""
        return self._tables.nearest(vector, tables) + self._columns.nearest(vector, columns)

    def only(self, places: Collection[Place]) -> KeptVectors:
        """Give those of the passages that are at these places."""
        found = [each for lane in (self._tables, self._columns) for each in lane.at(places)]
        vectors = np.array([vector for _, vector in found], dtype=np.float32)
        return KeptVectors([place for place, _ in found], vectors)


class _Lane:
    """Passages of one kind."""

    def __init__(self, places: Sequence[Place], vectors: Vectors, numbers: NDArray[np.intp]) -> None:
        self._places = [places[number] for number in numbers]
        self._vectors = np.ascontiguousarray(vectors[numbers])

    def at(self, places: Collection[Place]) -> Iterator[tuple[Place, Vectors]]:
        return (each for each in zip(self._places, self._vectors, strict=True) if each[0] in places)

    def nearest(self, vector: Vectors, most: int) -> list[Near]:
        # Not `@`: it wakes threads of its own, and on a busy machine waiting for them takes 8 ms, not 0.3.
        similar: Vectors = np.einsum("ij,j->i", self._vectors, vector)
        first = nearest_first(similar, most)
        # Lists: to take one number at a time out of an array makes an object for each.
        return list(map(Near, [self._places[number] for number in first.tolist()], similar[first].tolist()))


def nearest_first(similar: Vectors, most: int) -> NDArray[np.intp]:
    """Number the most similar, in order."""
    # Sorting 4,500 takes longer than comparing them.
    best = np.argpartition(-similar, most)[:most] if most < similar.size else np.arange(similar.size)
    first: NDArray[np.intp] = best[np.argsort(-similar[best], kind="stable")]
    return first

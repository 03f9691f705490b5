"""In-memory vector index: exact nearest-neighbour search over the passages of a map."""

from collections.abc import Collection, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from schema_docs.embedding.embedder import Embedder, Vectors
from schema_docs.text.tokenizer import content_words
from store.maps.records import PassageMatch, PassageVectors, SchemaElement


def embed_question(question: str, embedder: Embedder) -> Vectors:
    """Return the vector of a question's content words; function words would make all questions similar."""
    vector: Vectors = embedder.embed([keep_content_words(question)])[0]
    return vector


def keep_content_words(question: str) -> str:
    """Return only the content words of a question."""
    return " ".join(content_words(question))


class VectorIndex:
    """Exact vector index of one map's passages, `(n, dimensions)` floats of length one."""

    def __init__(self, places: Sequence[SchemaElement], vectors: Vectors) -> None:
        is_column = np.array([place.column is not None for place in places], dtype=bool)
        self._tables = Partition(places, vectors, np.flatnonzero(~is_column))
        self._columns = Partition(places, vectors, np.flatnonzero(is_column))

    def find(self, vector: Vectors, tables: int, columns: int) -> list[PassageMatch]:
        """Return the nearest tables and the nearest columns, each nearest first."""
        return self._tables.nearest(vector, tables) + self._columns.nearest(vector, columns)

    def select(self, places: Collection[SchemaElement]) -> PassageVectors:
        """Return the vectors of the passages of these elements."""
        rows = [each for partition in (self._tables, self._columns) for each in partition.select(places)]
        vectors = np.array([vector for _, vector in rows], dtype=np.float32)
        return PassageVectors([place for place, _ in rows], vectors)


class Partition:
    """Passages of one kind (tables or columns) with their vectors."""

    def __init__(self, places: Sequence[SchemaElement], vectors: Vectors, numbers: NDArray[np.intp]) -> None:
        self._places = [places[number] for number in numbers]
        self._vectors = np.ascontiguousarray(vectors[numbers])

    def select(self, places: Collection[SchemaElement]) -> Iterator[tuple[SchemaElement, Vectors]]:
        """Yield the given elements with their vectors."""
        return (each for each in zip(self._places, self._vectors, strict=True) if each[0] in places)

    def nearest(self, vector: Vectors, limit: int) -> list[PassageMatch]:
        # Not `@`: BLAS would start threads, and on a busy machine waiting for them takes 8 ms instead of 0.3.
        """Return the nearest passages, nearest first."""
        similar: Vectors = np.einsum("ij,j->i", self._vectors, vector)
        best = top_indices(similar, limit)
        # Plain lists: indexing an array creates an object per number.
        return list(
            map(PassageMatch, [self._places[number] for number in best.tolist()], similar[best].tolist())
        )


def top_indices(similar: Vectors, limit: int) -> NDArray[np.intp]:
    """Return the indices of the highest similarities, in descending order."""
    # Partitioning first: sorting 4,500 numbers takes longer than comparing them.
    best = np.argpartition(-similar, limit)[:limit] if limit < similar.size else np.arange(similar.size)
    ordered: NDArray[np.intp] = best[np.argsort(-similar[best], kind="stable")]
    return ordered

"""A map searched in memory: the product's own ranking, with the vectors in an array instead of the store."""

from uuid import uuid4

from schema_docs.atlas import Atlas
from schema_docs.embedder import Embedder
from schema_docs.passages import write_passages
from schema_docs.ranking import COLUMNS_NEAR, TABLES_NEAR
from schema_docs.words import content_words
from store.map_records import MapHead, Near, Place

HEAD = MapHead(uuid4(), 1)


class Nearby:
    """The nearest passages of one map, exactly."""

    def __init__(self, atlas: Atlas, embedder: Embedder) -> None:
        self._embedder = embedder
        passages = list(write_passages(atlas.schema))
        vectors = embedder.embed([passage.text for passage in passages])
        self._kinds = []
        for of_column, most in ((False, TABLES_NEAR), (True, COLUMNS_NEAR)):
            numbers = [n for n, each in enumerate(passages) if (each.column is not None) == of_column]
            places = [Place(passages[n].table, passages[n].column) for n in numbers]
            self._kinds.append((places, vectors[numbers], most))

    def find(self, question: str) -> list[Near]:
        """Give the nearest tables, then the nearest columns."""
        vector = self._embedder.embed([" ".join(content_words(question))])[0]
        near = []
        for places, vectors, most in self._kinds:
            similar = vectors @ vector
            near += [Near(places[n], float(similar[n])) for n in (-similar).argsort()[:most]]
        return near

from collections.abc import Sequence

import numpy as np

from schema_docs.embedding.embedder import Vectors, WordLlamaEmbedder
from schema_docs.errors import EmbedderUnavailable
from schema_docs.retriever import SchemaRetriever
from schema_docs.sync.sync import SchemaSynchronizer
from store.targets.sqlite.target import SqliteTarget
from tests.fixtures.mapped_database import MapEnvironment


class Letters:
    """Counts letters: vectors of another length than the default's."""

    name = "letters-26"
    instant = False
    dimensions = 26
    gone = False

    def embed(self, texts: Sequence[str]) -> Vectors:
        if self.gone:
            raise EmbedderUnavailable("The embeddings endpoint is not responding.")
        counts = [[text.lower().count(chr(97 + n)) for n in range(26)] for text in texts]
        vectors = np.array(counts, dtype=np.float32).reshape(len(texts), 26)
        lengths: Vectors = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        return vectors / lengths


async def test_a_new_embedder_makes_all_vectors_anew_while_the_old_map_is_searched(
    world: MapEnvironment,
) -> None:
    connection = await world.add("shop")
    await world.sync(connection)
    letters, words = Letters(), WordLlamaEmbedder()
    library = SchemaRetriever(world.store, letters, words)
    before = await library.explain_ranking("customers in a city", "shop")
    assert "table" in before[0].ranks
    target = SqliteTarget(world.path("shop"))
    report = await SchemaSynchronizer(world.store, letters).sync(connection, target)
    await target.close()
    assert (report.embedded, report.version) == (report.passages, 2)
    assert (await world.store.vectors(connection.id)).vectors.shape == (18, 26)
    after = await library.explain_ranking("customers in a city", "shop")
    assert "table" in after[0].ranks
    # What was made by something that is no longer set is searched by words.
    assert "table" not in (await world.retriever.explain_ranking("customers in a city", "shop"))[0].ranks


async def test_an_embedder_that_does_not_answer_leaves_words_to_search_by(world: MapEnvironment) -> None:
    connection, letters = await world.add("shop"), Letters()
    target = SqliteTarget(world.path("shop"))
    await SchemaSynchronizer(world.store, letters).sync(connection, target)
    await target.close()
    letters.gone = True
    result = await SchemaRetriever(world.store, letters).find("customers", "shop", 30)
    assert result.documents[0].table == "customers"

"""A map searched without a store, by the product's own code."""

from uuid import uuid4

from schema_docs.atlas import Atlas
from schema_docs.embedder import Embedder
from schema_docs.nearby import embed_question
from schema_docs.passages import write_passages
from schema_docs.ranking import COLUMNS_NEAR, TABLES_NEAR
from schema_docs.schema_map import SchemaMap
from store.map_records import KeptVectors, MapHead, Near, Place

HEAD = MapHead(uuid4(), 1)


def embed_map(schema: SchemaMap, embedder: Embedder) -> KeptVectors:
    """Make the vectors of a map."""
    passages = list(write_passages(schema))
    places = [Place(passage.table, passage.column) for passage in passages]
    return KeptVectors(places, embedder.embed([passage.text for passage in passages]))


def find_near(question: str, atlas: Atlas, embedder: Embedder) -> list[Near]:
    """Give the nearest passages, as many as the product looks at."""
    assert atlas.nearby is not None
    return atlas.nearby.find(embed_question(question, embedder), TABLES_NEAR, COLUMNS_NEAR)

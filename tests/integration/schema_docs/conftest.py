"""A world to draw maps in."""

from pathlib import Path

import pytest

from schema_docs.embedding.embedder import WordLlamaEmbedder
from schema_docs.retriever import SchemaRetriever
from schema_docs.sync.sync import SchemaSynchronizer
from store.connections.connections import ConnectionStore
from store.connections.encryption import load_cipher
from store.database import Database
from store.maps.maps import MapStore
from tests.fixtures.mapped_database import MapEnvironment


@pytest.fixture(scope="session")
def embedder() -> WordLlamaEmbedder:
    return WordLlamaEmbedder()


@pytest.fixture
def world(database: Database, embedder: WordLlamaEmbedder, tmp_path: Path) -> MapEnvironment:
    store = MapStore(database)
    connections = ConnectionStore(database, load_cipher(tmp_path, None))
    return MapEnvironment(
        tmp_path, connections, store, SchemaSynchronizer(store, embedder), SchemaRetriever(store, embedder)
    )

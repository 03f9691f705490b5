"""A world to draw maps in."""

from pathlib import Path

import pytest

from schema_docs.embedding.embedder import WordLlamaEmbedder
from schema_docs.retriever import Library
from schema_docs.sync.sync import Surveyor
from store.connections.connections import Connections
from store.connections.encryption import open_sealer
from store.database import Database
from store.maps.maps import MapStore
from tests.integration.schema_docs.world import World


@pytest.fixture(scope="session")
def embedder() -> WordLlamaEmbedder:
    return WordLlamaEmbedder()


@pytest.fixture
def world(database: Database, embedder: WordLlamaEmbedder, tmp_path: Path) -> World:
    store = MapStore(database)
    connections = Connections(database, open_sealer(tmp_path, None))
    return World(tmp_path, connections, store, Surveyor(store, embedder), Library(store, embedder))

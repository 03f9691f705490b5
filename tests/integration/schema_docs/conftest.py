"""A world to draw maps in."""

from pathlib import Path

import pytest

from schema_docs.embedder import WordLlamaEmbedder
from schema_docs.library import Library
from schema_docs.survey import Surveyor
from store.connections import Connections
from store.database import Database
from store.passages import MapStore
from store.sealing import open_sealer
from tests.integration.schema_docs.world import World


@pytest.fixture(scope="session")
def embedder() -> WordLlamaEmbedder:
    return WordLlamaEmbedder()


@pytest.fixture
def world(database: Database, embedder: WordLlamaEmbedder, tmp_path: Path) -> World:
    store = MapStore(database)
    connections = Connections(database, open_sealer(tmp_path, None))
    return World(tmp_path, connections, store, Surveyor(store, embedder), Library(store, embedder))

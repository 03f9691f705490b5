"""A small shop in a SQLite file, and everything that draws and reads its map."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from schema_docs.retriever import Library
from schema_docs.sync.sync import Surveyor, SyncReport
from store.connections.connections import Connection, Connections
from store.maps.maps import MapStore
from store.targets.sqlite.target import SqliteTarget

SHOP = """
CREATE TABLE cities (id INTEGER PRIMARY KEY, name TEXT, country TEXT);
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, email TEXT, city_id INTEGER REFERENCES cities);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers, status TEXT, placed DATE
);
CREATE TABLE reviews (id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES orders (id), words TEXT);
INSERT INTO cities VALUES (1, 'Berlin', 'Germany'), (2, 'Manhattan', 'USA');
INSERT INTO cities VALUES (3, 'New York', 'USA'), (4, 'Zürich', 'CH');
INSERT INTO customers VALUES (1, 'Ada', 'ada@example.org', 1), (2, 'Bob', 'bob@example.org', 3);
INSERT INTO orders VALUES (1, 1, 'paid', '2024-01-01'), (2, 2, 'returned', '2024-02-01');
"""


@dataclass
class World:
    """What a test needs to draw and read maps."""

    folder: Path
    connections: Connections
    store: MapStore
    surveyor: Surveyor
    library: Library

    async def add(self, name: str, script: str = SHOP) -> Connection:
        """Make a SQLite file and a connection to it."""
        self.change(name, script)
        return await self.connections.add(name, f"sqlite:///{self.path(name)}")

    def path(self, name: str) -> Path:
        """Say where the file of a connection is."""
        return self.folder / f"{name}.sqlite"

    def change(self, name: str, script: str) -> None:
        """Run SQL in the file of a connection."""
        with closing(sqlite3.connect(self.path(name))) as file:
            file.executescript(script)

    async def sync(self, connection: Connection, notes: str | None = None) -> SyncReport:
        """Draw the map, with notes if there are any."""
        path = None
        if notes is not None:
            path = self.folder / f"{connection.name}.yml"
            path.write_text(notes)
        target = SqliteTarget(self.path(connection.name))
        try:
            return await self.surveyor.sync(connection, target, path)
        finally:
            await target.close()

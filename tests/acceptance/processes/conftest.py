"""Fixtures: two server processes on one store, and a PostgreSQL target with queries that take a minute."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from store.embedded.server import EmbeddedServer
from tests.fixtures.cli import Terminal

PETS = """
CREATE TABLE pets (id integer PRIMARY KEY, name text NOT NULL, species text NOT NULL, age integer NOT NULL);
INSERT INTO pets VALUES (1, 'Rex', 'dog', 3), (2, 'Tom', 'cat', 5), (3, 'Lily', 'cat', 2);
CREATE VIEW sleepers AS SELECT id, name, species, age FROM pets
"""
# After the map was drawn: looking at it would take as long.
SLOW = """
CREATE OR REPLACE VIEW sleepers AS
SELECT id, pets.name, species, age FROM pets CROSS JOIN (SELECT pg_sleep(60)) AS nap
"""


@dataclass(frozen=True)
class ServerEndpoint:
    """Where one server process answers."""

    port: int

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def events(self, thread: str) -> str:
        return f"ws://127.0.0.1:{self.port}/threads/{thread}/stream/events"


@pytest.fixture
def target_url(embedded: EmbeddedServer) -> Iterator[str]:
    """The address of a database with pets."""
    name = f"target_{uuid4().hex}"
    admin = embedded.url("postgres")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        with psycopg.connect(embedded.url(name), autocommit=True) as target:
            for statement in PETS.split(";"):
                target.execute(statement)
        yield embedded.url(name)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def terminal(tmp_path: Path, blank_url: str, target_url: str) -> Terminal:
    """A terminal where the pets are connected, and the sleepers have fallen asleep."""
    settings = {"QUERENT_PORT": "1", "QUERENT_STORE_URL": blank_url, "QUERENT_LEASE_S": "2"}
    terminal = Terminal(tmp_path, settings)
    result = terminal.type("connections", "add", "pets", target_url)
    assert result.code == 0, result.err
    with psycopg.connect(target_url, autocommit=True) as connection:
        connection.execute(SLOW)
    return terminal


def start_server_process(terminal: Terminal, servers: ExitStack) -> ServerEndpoint:
    """Start one more process."""
    servers.enter_context(terminal.run_server(port="0"))
    return ServerEndpoint(int(terminal.settings["QUERENT_PORT"]))


@pytest.fixture
def endpoints(terminal: Terminal) -> Iterator[tuple[ServerEndpoint, ServerEndpoint]]:
    """Two processes that know nothing of each other but the store."""
    with ExitStack() as servers:
        yield start_server_process(terminal, servers), start_server_process(terminal, servers)

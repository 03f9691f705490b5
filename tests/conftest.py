"""Fixtures: one embedded PostgreSQL for the session, and a fresh copy of a migrated database per test."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from store.database import Database, open_database
from store.embedded.server import EmbeddedServer, open_embedded_server
from store.migrate import migrate

EMPTY = "template1"
MIGRATED = "querent_template"


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def embedded() -> Iterator[EmbeddedServer]:
    """A running server."""
    with TemporaryDirectory(prefix="querent-tests-") as folder, asyncio.Runner() as runner:
        stack = AsyncExitStack()
        server = runner.run(stack.enter_async_context(open_embedded_server(Path(folder, "data"))))
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            # Nothing here has to outlive a power cut.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        yield server
        runner.run(stack.aclose())


@pytest.fixture(scope="session")
def migrated(embedded: EmbeddedServer) -> str:
    """The name of a database with all tables, to be copied and not to be entered."""

    async def make() -> None:
        await embedded.create_database(MIGRATED)
        async with open_database(embedded.url(MIGRATED)) as database:
            await migrate(database)

    asyncio.run(make())
    return MIGRATED


@pytest.fixture
def store_url(embedded: EmbeddedServer, migrated: str) -> Iterator[str]:
    """The address of a fresh database with all tables."""
    with _copied(embedded, migrated) as name:
        yield embedded.url(name)


@pytest.fixture
def blank_url(embedded: EmbeddedServer) -> Iterator[str]:
    """The address of a fresh database without anything in it."""
    with _copied(embedded, EMPTY) as name:
        yield embedded.url(name)


@pytest.fixture
async def database(store_url: str) -> AsyncIterator[Database]:
    """A fresh database with all tables, opened."""
    async with open_database(store_url) as opened:
        yield opened


@contextmanager
def _copied(embedded: EmbeddedServer, template: str) -> Iterator[str]:
    names = {"name": sql.Identifier(f"test_{uuid4().hex}"), "template": sql.Identifier(template)}
    with psycopg.connect(embedded.url("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {name} TEMPLATE {template}").format(**names))
        try:
            yield names["name"].as_string().strip('"')
        finally:
            connection.execute(sql.SQL("DROP DATABASE {name} WITH (FORCE)").format(**names))

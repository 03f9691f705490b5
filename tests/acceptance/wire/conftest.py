"""Fixtures: a server with a scripted analyst per module, and a WebSocket client per test."""

from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import httpx
import pytest

from store.database import open_database
from store.embedded.server import EmbeddedServer
from store.migrate import migrate
from tests.fixtures.scripted_service import RunningService, run_service
from tests.fixtures.ws_client import WebSocketClient, connect_client


@pytest.fixture(scope="module")
async def server(embedded: EmbeddedServer) -> AsyncIterator[RunningService]:
    name = f"wire_{uuid4().hex}"
    await embedded.create_database(name)
    async with open_database(embedded.url(name)) as database:
        await migrate(database)
        async with run_service(database) as served:
            yield served


@pytest.fixture
def served(server: RunningService) -> Iterator[RunningService]:
    server.reset()
    yield server
    server.analyst.resume.set()


@pytest.fixture
async def http(served: RunningService) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=served.address, trust_env=False) as client:
        yield client


@pytest.fixture
async def thread(http: httpx.AsyncClient) -> str:
    response = await http.post("/threads")
    return str(response.json()["thread_id"])


@pytest.fixture
async def caller(served: RunningService, thread: str) -> AsyncIterator[WebSocketClient]:
    async with connect_client(served, thread) as caller:
        yield caller

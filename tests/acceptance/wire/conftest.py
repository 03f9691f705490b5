"""A running server with a scripted analyst for each module, and somebody to talk to it for each test."""

from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import httpx
import pytest

from store.database import open_database
from store.embedded.server import EmbeddedServer
from store.migrate import migrate
from tests.fixtures.scripted_service import Served, serving
from tests.fixtures.ws_client import Caller, calling


@pytest.fixture(scope="module")
async def server(embedded: EmbeddedServer) -> AsyncIterator[Served]:
    name = f"wire_{uuid4().hex}"
    await embedded.create_database(name)
    async with open_database(embedded.url(name)) as database:
        await migrate(database)
        async with serving(database) as served:
            yield served


@pytest.fixture
def served(server: Served) -> Iterator[Served]:
    server.begin_again()
    yield server
    server.analyst.go_on.set()


@pytest.fixture
async def http(served: Served) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=served.address, trust_env=False) as client:
        yield client


@pytest.fixture
async def thread(http: httpx.AsyncClient) -> str:
    made = await http.post("/threads")
    return str(made.json()["thread_id"])


@pytest.fixture
async def caller(served: Served, thread: str) -> AsyncIterator[Caller]:
    async with calling(served, thread) as caller:
        yield caller

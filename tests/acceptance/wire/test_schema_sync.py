"""Schema synchronization on request, followed over HTTP and a WebSocket."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from websockets.asyncio.client import connect

from schema_docs.sync.drift import SchemaDrift
from schema_docs.sync.sync import SyncOptions, SyncReport
from store.progress import Progress
from tests.fixtures.eventually import eventually
from tests.fixtures.scripted_service import RunningService

SYNC = "/databases/pets/schema/sync"


class Surveyor:
    """Looks at half of the tables, and at the rest when it may."""

    def __init__(self) -> None:
        self.resume = asyncio.Event()

    async def survey(self, name: str, progress: Progress, manner: SyncOptions) -> SyncReport:
        progress("Profiling tables", 1, 2)
        await self.resume.wait()
        return SyncReport(2, 2, 9, 40, 11, 1, 0.1, True, SchemaDrift(columns_added=("pets.colour",)))


@pytest.fixture
async def surveyor(served: RunningService) -> AsyncIterator[Surveyor]:
    surveyor = Surveyor()
    served.service.admin.schema_sync.update_map = surveyor.survey
    async with served.service.admin.schema_sync.working():
        yield surveyor


async def until(http: httpx.AsyncClient, status: str) -> dict[str, object]:
    async def reached() -> dict[str, object] | None:
        report = dict((await http.get(SYNC)).json())
        return report if report["status"] == status else None

    report = await eventually(reached)
    assert report is not None
    return report


async def test_a_sync_is_asked_for_and_looked_at(http: httpx.AsyncClient, surveyor: Surveyor) -> None:
    response = await http.post(SYNC)
    assert (response.status_code, response.json()["database"], response.json()["full"]) == (
        202,
        "pets",
        False,
    )
    refused = await http.post(SYNC, json={"full": True})
    assert (refused.status_code, refused.json()["code"]) == (409, "sync_in_progress")
    surveyor.resume.set()
    done = await until(http, "done")
    assert isinstance(done["report"], dict)
    assert done["report"]["drift_in_words"] == "1 column added"


async def test_a_sync_is_cancelled(http: httpx.AsyncClient, surveyor: Surveyor) -> None:
    await http.post(SYNC, json={"full": True})
    await until(http, "running")
    assert (await http.delete(SYNC)).status_code == 200
    await until(http, "cancelled")


async def test_progress_comes_over_a_websocket_until_the_end(
    http: httpx.AsyncClient, served: RunningService, surveyor: Surveyor
) -> None:
    await http.post(SYNC)
    async with connect(f"ws://127.0.0.1:{served.port}{SYNC}/events", proxy=None) as socket:
        events = []
        async for frame in socket:
            events.append(json.loads(frame))
            if events[-1]["done"] == 1:
                surveyor.resume.set()
    assert {"running", "done"} <= {each["status"] for each in events}
    assert ("Profiling tables", 1, 2) in [(each["task"], each["done"], each["total"]) for each in events]
    assert socket.close_code == 1000


async def test_progress_comes_as_server_sent_events(http: httpx.AsyncClient, surveyor: Surveyor) -> None:
    await http.post(SYNC)
    surveyor.resume.set()
    answer = await http.get(f"{SYNC}/events", timeout=20)
    assert answer.headers["content-type"].startswith("text/event-stream")
    last = answer.text.strip().split("\n\n")[-1].splitlines()
    assert last[0] == "event: sync"
    assert json.loads(last[1].removeprefix("data: "))["status"] == "done"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("POST", "/databases/cars/schema/sync", 404, "no_such_database"),
        ("GET", "/databases/cars/schema/sync", 404, "no_such_sync"),
        ("DELETE", "/databases/cars/schema/sync", 404, "no_such_sync"),
        ("GET", "/databases/cars/schema/sync/events", 404, "no_such_sync"),
    ],
)
async def test_what_is_not_there_is_said_so(
    http: httpx.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    answer = await http.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)

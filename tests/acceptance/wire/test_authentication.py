"""Authentication: tokens, cookies, origins and rejected requests."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from store.database import open_database
from store.embedded.server import EmbeddedServer
from store.migrate import migrate
from tests.fixtures.scripted_service import RunningService, run_service
from tests.fixtures.ws_client import WebSocketClient

TOKEN = "open-sesame"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
async def locked(embedded: EmbeddedServer) -> AsyncIterator[RunningService]:
    await embedded.create_database("wire_locked")
    async with open_database(embedded.url("wire_locked")) as database:
        await migrate(database)
        async with run_service(database, token=SecretStr(TOKEN), origins="https://desk.example") as served:
            yield served


@pytest.fixture
async def stranger(locked: RunningService) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=locked.address, trust_env=False) as client:
        yield client


@pytest.fixture
async def private(stranger: httpx.AsyncClient) -> str:
    return str((await stranger.post("/threads", headers=BEARER)).json()["thread_id"])


async def knock(served: RunningService, thread: str, **more: Any) -> int:
    """Open a socket; give the HTTP status of the answer."""
    try:
        async with connect(served.events(thread), proxy=None, **more) as socket:
            await WebSocketClient(socket).subscribe()
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


@pytest.mark.parametrize("path", ["/databases", "/openapi.json", "/threads/x", "/threads/x/state"])
async def test_without_the_token_nothing_is_told(stranger: httpx.AsyncClient, path: str) -> None:
    answer = await stranger.get(path)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("path", ["/", "/page/app.js", "/favicon.ico", "/healthz"])
async def test_the_page_is_shown_to_everybody(stranger: httpx.AsyncClient, path: str) -> None:
    assert (await stranger.get(path)).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}, {"Cookie": "querent_token=wrong"}],
)
async def test_a_wrong_token_opens_nothing(
    stranger: httpx.AsyncClient, locked: RunningService, private: str, headers: dict[str, str]
) -> None:
    assert (await stranger.get("/databases", headers=headers)).status_code == 401
    assert await knock(locked, private, additional_headers=headers) == 401


async def test_a_token_in_the_address_opens_nothing(stranger: httpx.AsyncClient) -> None:
    assert (await stranger.get(f"/databases?token={TOKEN}&access_token={TOKEN}")).status_code == 401


async def test_the_token_opens_as_a_header_a_subprotocol_or_a_cookie(
    locked: RunningService, private: str
) -> None:
    cookie = {"Cookie": f"querent_token={TOKEN}"}
    assert await knock(locked, private, additional_headers=BEARER) == 101
    assert await knock(locked, private, additional_headers=cookie) == 101
    assert await knock(locked, private, subprotocols=["querent", f"bearer.{TOKEN}"]) == 101


async def test_the_token_among_the_subprotocols_is_not_echoed(locked: RunningService, private: str) -> None:
    offered = [f"bearer.{TOKEN}", "querent"]
    async with connect(locked.events(private), proxy=None, subprotocols=offered) as socket:  # type: ignore[arg-type]
        assert socket.subprotocol == "querent"


async def test_a_login_is_remembered_by_a_cookie_that_pages_cannot_read(
    stranger: httpx.AsyncClient, locked: RunningService, private: str
) -> None:
    refused = await stranger.post("/login", json={"token": "wrong"})
    assert refused.status_code == 401
    answer = await stranger.post("/login", json={"token": TOKEN})
    cookie = answer.headers["set-cookie"].lower()
    assert answer.status_code == 204
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert (await stranger.get("/databases")).status_code == 200
    assert await knock(locked, private, additional_headers={"Cookie": cookie.partition(";")[0]}) == 101


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost"])
async def test_a_page_of_another_host_may_not_act(
    stranger: httpx.AsyncClient, locked: RunningService, private: str, origin: str
) -> None:
    headers = BEARER | {"Origin": origin}
    assert (await stranger.post("/threads", headers=headers)).status_code == 403
    assert await knock(locked, private, additional_headers=headers) == 403


@pytest.mark.parametrize("origin", ["own", "https://desk.example"])
async def test_our_own_page_and_those_allowed_may_act(
    stranger: httpx.AsyncClient, locked: RunningService, private: str, origin: str
) -> None:
    headers = BEARER | {"Origin": locked.address if origin == "own" else origin}
    assert (await stranger.post("/threads", headers=headers)).status_code == 200
    assert await knock(locked, private, additional_headers=headers) == 101


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", ""])
async def test_without_a_token_only_this_machine_s_names_are_answered(
    http: httpx.AsyncClient, served: RunningService, thread: str, host: str
) -> None:
    answer = await http.get("/databases", headers={"Host": host})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert (await http.get("/", headers={"Host": host})).status_code == 403


@pytest.mark.parametrize("host", ["localhost", "localhost:3000", "127.0.0.1", "[::1]:8000"])
async def test_this_machine_s_own_names_are_answered(http: httpx.AsyncClient, host: str) -> None:
    assert (await http.get("/databases", headers={"Host": host})).status_code == 200

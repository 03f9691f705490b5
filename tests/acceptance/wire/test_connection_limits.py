"""Connection limits: per user and process, expired tokens, pings, no compression."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import httpx
import pytest
from starlette.types import ASGIApp
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

from store.database import Database
from tests.fixtures.scripted_service import RunningService, run_service
from tests.fixtures.ws_client import connect_client
from transport import server
from transport.auth.jwt import issue_token
from transport.server import MAX_FRAME_BYTES, PING_INTERVAL_S

KEY = "a key of at least thirty-two bytes, for nobody"


def pass_for(name: str, lasts_s: float = 60) -> str:
    return issue_token(KEY, name, datetime.now(UTC), timedelta(seconds=lasts_s), {})


async def thread_of(served: RunningService, **headers: str) -> str:
    async with httpx.AsyncClient(base_url=served.address, headers=headers) as http:
        return str((await http.post("/threads", json={})).json()["thread_id"])


async def refusal(served: RunningService, thread: str, **more: Any) -> tuple[int, str]:
    with pytest.raises(InvalidStatus) as refused:
        async with connect_client(served, thread, **more):
            pass
    response = refused.value.response
    return response.status_code, json.loads(response.body or b"{}")["code"]


async def test_a_full_house_answers_503_and_lets_in_again_when_somebody_leaves(database: Database) -> None:
    async with run_service(database, max_connections=2) as served:
        thread = await thread_of(served)
        async with connect_client(served, thread), connect_client(served, thread):
            assert await refusal(served, thread) == (503, "too_busy")
            async with httpx.AsyncClient(base_url=served.address) as http:
                address = f"/threads/{thread}/stream/events"
                frame = await http.post(address, json={"channels": ["values"]})
                assert (frame.status_code, frame.json()["code"]) == (503, "too_busy")
        await let_in(served, thread)


async def let_in(served: RunningService, thread: str) -> None:
    """Come in as soon as the server has noticed who left."""
    async with asyncio.timeout(5):
        while True:
            try:
                async with connect_client(served, thread) as caller:
                    await caller.subscribe()
                    return
            except InvalidStatus:
                await asyncio.sleep(0.01)


async def test_one_user_has_so_many_sockets(database: Database) -> None:
    async with run_service(database, max_connections_per_user=1) as served:
        thread = await thread_of(served)
        async with connect_client(served, thread):
            assert await refusal(served, thread) == (429, "too_many_connections")


async def test_one_user_has_so_many_questions_at_a_time(database: Database) -> None:
    async with run_service(database, max_runs_per_user=1) as served:
        served.analyst.blocked = True
        user, two = await thread_of(served), await thread_of(served)
        async with connect_client(served, user) as first, connect_client(served, two) as second:
            assert (await first.command("run.start", input="Which pets?"))["type"] == "success"
            refused = await second.command("run.start", input="Which pets?")
            assert refused["code"] == "too_many_runs"
            served.analyst.blocked = False
            served.analyst.resume.set()


async def test_passes_keep_askers_apart(database: Database) -> None:
    async with run_service(database, jwt_secret=KEY) as served:
        ann = {"Authorization": f"Bearer {pass_for('ann')}"}
        bob = {"Authorization": f"Bearer {pass_for('bob')}"}
        thread = await thread_of(served, **ann)
        async with connect_client(served, thread, additional_headers=ann) as caller:
            await caller.subscribe()
        assert (await refusal(served, thread, additional_headers=bob))[0] == 404
        assert (await refusal(served, thread))[0] == 401


async def test_a_token_that_ends_while_connected_ends_the_connection(database: Database) -> None:
    async with run_service(database, jwt_secret=KEY) as served:
        thread = await thread_of(served, Authorization=f"Bearer {pass_for('ann')}")
        ending = {"Authorization": f"Bearer {pass_for('ann', 2)}"}
        async with connect_client(served, thread, additional_headers=ending) as caller:
            await caller.subscribe()
            frame = await caller.frame()
            assert (frame["type"], frame["code"]) == ("error", "token_expired")
            with pytest.raises(ConnectionClosed) as closed:
                await caller.frame()
            assert closed.value.rcvd is not None
            assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4401, "token_expired")


async def test_nothing_is_compressed_whoever_offers_it(served: RunningService, thread: str) -> None:
    offer = [ClientPerMessageDeflateFactory()]
    async with connect(served.events(thread), proxy=None, extensions=offer) as socket:
        assert socket.response is not None
        assert "Sec-WebSocket-Extensions" not in socket.response.headers


async def test_a_frame_of_the_largest_size_is_read(served: RunningService, thread: str) -> None:
    async with connect_client(served, thread) as caller:
        assert (await caller.send("x" * MAX_FRAME_BYTES))["code"] == "malformed"


async def test_who_says_nothing_is_asked_and_then_let_go(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A test cannot wait for 40 seconds; everything else is as in earnest.
    assert PING_INTERVAL_S == 20.0
    monkeypatch.setattr(server, "PING_INTERVAL_S", 0.2)
    async with run_service(database) as served:
        thread = await thread_of(served)
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(
            f"GET /threads/{thread}/stream/events HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        async with asyncio.timeout(5):
            await reader.readuntil(b"\r\n\r\n")
            ping = await reader.readexactly(6)
            assert ping[:2] == b"\x89\x04"
            rest = await reader.read()
        writer.close()
        # A close frame that says why, then the end.
        assert rest[:1] == b"\x88"
        assert int.from_bytes(rest[2:4]) == 1011


def test_the_server_is_set_up_as_the_papers_say() -> None:
    config = server._config(cast(ASGIApp, None))
    assert config.ws is server.WebSocketProtocol
    assert (config.ws_ping_interval, config.ws_ping_timeout) == (20.0, 20.0)
    assert (config.ws_max_size, config.ws_per_message_deflate) == (64 * 1024, False)

"""A server-sent-events client that does not read 50 MB is disconnected and costs little memory until then."""

import asyncio
import json
from contextlib import AsyncExitStack

import pytest

from tests.acceptance.processes.conftest import ServerEndpoint
from tests.acceptance.processes.test_multiple_processes import begin
from tests.acceptance.processes.test_slow_websocket_reader import disconnected, fill, memory_of, quick_look
from tests.fixtures.cli import Terminal, read_stderr
from tests.fixtures.eventually import eventually
from tests.fixtures.raw_socket import RawConnection, open_tcp

READERS = 3
# What waits for each of them: one frame, what uvicorn and the system buffer, and a page of the log.
BOUND = 10_000_000

pytestmark = pytest.mark.timeout(240)


async def ask_for_all(raw: RawConnection, thread: str) -> int:
    """Ask for every event of a thread; give the status."""
    body = json.dumps({"channels": ["*"], "since": 0})
    head = [
        f"POST /threads/{thread}/stream/events HTTP/1.1",
        "Host: 127.0.0.1",
        f"Content-Length: {len(body)}",
    ]
    await raw.send("\r\n".join([*head, "", body]).encode())
    status, _ = await raw.answer()
    return status


async def test_an_unread_stream_is_closed_and_frees_its_connection(terminal: Terminal) -> None:
    # One connection for each reader, and one for the health check.
    terminal.settings["QUERENT_MAX_CONNECTIONS"] = str(READERS + 1)
    with terminal.run_server(port="0") as process:
        log = read_stderr(process)
        door = ServerEndpoint(int(terminal.settings["QUERENT_PORT"]))
        thread, other = await begin(door), await begin(door)
        await fill(terminal.settings["QUERENT_STORE_URL"], thread)
        await quick_look(door, other)
        async with AsyncExitStack() as sockets:
            deaf = [await sockets.enter_async_context(open_tcp(door.port)) for _ in range(READERS)]
            before, highest = memory_of(process.pid), 0
            assert [await ask_for_all(raw, thread) for raw in deaf] == [200] * READERS
            for _ in range(40):
                assert await quick_look(door, other) < 20
                highest = max(highest, memory_of(process.pid))
                await asyncio.sleep(0.1)
            assert highest - before < READERS * BOUND
            await eventually(lambda: disconnected(log))
            response = await asyncio.wait_for(deaf[0].reader.read(-1), 10)
            assert b'"status":"lagging"' in response[-500:]
            assert response.endswith(b"0\r\n\r\n")
            for _ in range(READERS):
                # Every seat is free again, though the others never read.
                again = await sockets.enter_async_context(open_tcp(door.port))
                assert await ask_for_all(again, thread) == 200

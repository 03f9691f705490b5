"""The Python client of this project on connections that break."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from tests.fixtures.scripted_service import RunningService
from transport.client.client import Client, RefusedByService, ServiceUnreachable


class Cable:
    """A line between a client and a server that is cut after so many bytes from the server, each time."""

    def __init__(self, port: int, *lengths: int) -> None:
        self._port = port
        self._lengths = list(lengths)
        self.port = 0
        self.calls = 0

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.calls += 1
        remaining = self._lengths.pop(0) if self._lengths else None
        upstream, back = await asyncio.open_connection("127.0.0.1", self._port)
        forth = asyncio.create_task(_pump(reader, back, None))
        with suppress(ConnectionError):
            await _pump(upstream, writer, remaining)
        forth.cancel()
        for end in (back, writer):
            end.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, remaining: int | None) -> None:
    while (remaining is None or remaining > 0) and (
        data := await reader.read(1024 if remaining is None else min(remaining, 1024))
    ):
        remaining = None if remaining is None else remaining - len(data)
        writer.write(data)
        await writer.drain()


@asynccontextmanager
async def cable(port: int, *lengths: int) -> AsyncIterator[Cable]:
    line = Cable(port, *lengths)
    async with await asyncio.start_server(line.carry, "127.0.0.1", 0) as server:
        line.port = server.sockets[0].getsockname()[1]
        yield line


async def listen(client: Client, thread: str, question: str) -> list[dict[str, Any]]:
    return [event async for event in client.ask(thread, question)]


async def test_it_asks_and_hears_everything(served: RunningService) -> None:
    client = Client(served.address)
    events = await listen(client, await client.create_thread("pets"), "Which pets are there?")
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert events[-1]["params"]["data"]["status"] == "completed"


async def test_it_hears_only_of_its_own_question(served: RunningService) -> None:
    client = Client(served.address)
    thread = await client.create_thread()
    first = await listen(client, thread, "Which pets are there?")
    second = await listen(client, thread, "And how many?")
    assert second[0]["seq"] == first[-1]["seq"] + 1


@pytest.mark.parametrize("length", [60, 300, 420, 520, 700, 1500, 3000])
async def test_a_line_that_breaks_anywhere_costs_nothing(served: RunningService, length: int) -> None:
    async with cable(served.port, length, length) as line:
        client = Client(f"http://127.0.0.1:{line.port}")
        thread = await Client(served.address).create_thread()
        events = await listen(client, thread, "Which pets are there?")
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert line.calls == 3
    assert served.analyst.questions == ["Which pets are there?"]


async def test_it_says_what_the_service_says(served: RunningService) -> None:
    client = Client(served.address)
    with pytest.raises(RefusedByService, match="The question is empty"):
        await listen(client, await client.create_thread(), " ")
    with pytest.raises(RefusedByService, match="Conversation not found"):
        await listen(client, "nonsense", "Why?")
    with pytest.raises(RefusedByService, match="Database not found"):
        await client.create_thread("zoo")


async def test_it_says_when_nobody_is_there(served: RunningService) -> None:
    async with cable(served.port) as line:
        port = line.port
    with pytest.raises(ServiceUnreachable):
        await Client(f"http://127.0.0.1:{port}").health()

"""A line between two programs on which the weather is bad: slow, narrow, interrupted, silent for a while."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
LOOK_S = 0.25


@dataclass(frozen=True)
class Weather:
    """What befalls a line. `reset` and `stall` are chances a second and line; times are seconds."""

    latency: float = 0.0
    bytes_per_s: float = 0.0
    reset: float = 0.0
    stall: float = 0.0
    longest_stall: float = 1.0


@dataclass(eq=False)
class _Line:
    writers: tuple[asyncio.StreamWriter, asyncio.StreamWriter]
    flows: asyncio.Event

    def cut(self) -> None:
        for writer in self.writers:
            writer.transport.abort()


class Proxy:
    """Passes on what comes; unless it is `calm`, through the weather. Counts what it did to the lines."""

    def __init__(self, connect: Callable[[], Awaitable[Streams]], weather: Weather, seed: int) -> None:
        self._connect = connect
        self._weather = weather
        self._random = random.Random(seed)
        self._lines: set[_Line] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.calm = True
        self.resets = 0
        self.stalls = 0

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take a caller in."""
        self._keep(self._serve(reader, writer))

    async def storm(self) -> None:
        """Break and stop lines by chance, for ever."""
        while True:
            await asyncio.sleep(LOOK_S)
            for line in () if self.calm else list(self._lines):
                if self._random.random() < self._weather.reset * LOOK_S:
                    self.resets += 1
                    line.cut()
                elif self._random.random() < self._weather.stall * LOOK_S:
                    self.stalls += 1
                    self._keep(self._stall(line))

    async def end(self) -> None:
        """Cut every line."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _keep(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _stall(self, line: _Line) -> None:
        line.flows.clear()
        await asyncio.sleep(self._random.uniform(0.1, self._weather.longest_stall))
        line.flows.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there_reader, there_writer = await self._connect()
        except OSError:
            writer.transport.abort()
            return
        line = _Line((writer, there_writer), asyncio.Event())
        line.flows.set()
        self._lines.add(line)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pump(reader, there_writer, line))
                both.create_task(self._pump(there_reader, writer, line))
        finally:
            self._lines.discard(line)
            line.cut()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: _Line) -> None:
        with suppress(OSError):
            while piece := await reader.read(16_384):
                await line.flows.wait()
                await self._wait_for(len(piece))
                writer.write(piece)
                await writer.drain()
            writer.write_eof()
            return
        line.cut()

    async def _wait_for(self, size: int) -> None:
        if self.calm:
            return
        narrow = size / self._weather.bytes_per_s if self._weather.bytes_per_s else 0.0
        if wait := narrow + self._random.uniform(0.0, self._weather.latency):
            await asyncio.sleep(wait)


def to_port(port: int) -> Callable[[], Awaitable[Streams]]:
    """How to connect to a port of this machine."""
    return lambda: asyncio.open_connection("127.0.0.1", port)


@asynccontextmanager
async def tcp_proxy(
    connect: Callable[[], Awaitable[Streams]], weather: Weather, seed: int
) -> AsyncIterator[tuple[Proxy, int]]:
    """Stand before whatever this connects to; give the port of our own."""
    proxy = Proxy(connect, weather, seed)
    server = await asyncio.start_server(proxy.accept, "127.0.0.1", 0)
    async with _running(proxy, server):
        yield proxy, server.sockets[0].getsockname()[1]


@asynccontextmanager
async def unix_proxy(path: Path, ours: Path, weather: Weather, seed: int) -> AsyncIterator[Proxy]:
    """Stand before a socket file, as another one."""
    proxy = Proxy(lambda: asyncio.open_unix_connection(path), weather, seed)
    server = await asyncio.start_unix_server(proxy.accept, ours)
    async with _running(proxy, server):
        yield proxy


@asynccontextmanager
async def _running(proxy: Proxy, server: asyncio.Server) -> AsyncIterator[None]:
    storm = asyncio.create_task(proxy.storm())
    try:
        yield
    finally:
        storm.cancel()
        server.close()
        await proxy.end()

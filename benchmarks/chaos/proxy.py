"""Network proxy that injects faults: latency, low bandwidth, resets and stalls."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
FAULT_INTERVAL_S = 0.25


@dataclass(frozen=True)
class NetworkFaults:
    """Faults of a connection. `reset` and `stall` are probabilities per second; times are in seconds."""

    latency: float = 0.0
    bytes_per_s: float = 0.0
    reset: float = 0.0
    stall: float = 0.0
    max_stall_s: float = 1.0


@dataclass(eq=False)
class _ProxiedConnection:
    writers: tuple[asyncio.StreamWriter, asyncio.StreamWriter]
    is_flowing: asyncio.Event

    def abort(self) -> None:
        for writer in self.writers:
            writer.transport.abort()


class Proxy:
    """Forwards bytes; injects and counts faults unless `faults_paused`."""

    def __init__(self, connect: Callable[[], Awaitable[Streams]], weather: NetworkFaults, seed: int) -> None:
        self._connect = connect
        self._faults = weather
        self._random = random.Random(seed)
        self._connections: set[_ProxiedConnection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.faults_paused = True
        self.resets = 0
        self.stalls = 0

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Accept a client connection."""
        self._spawn(self._serve(reader, writer))

    async def inject_faults(self) -> None:
        """Reset and stall connections at random until cancelled."""
        while True:
            await asyncio.sleep(FAULT_INTERVAL_S)
            for connection in () if self.faults_paused else list(self._connections):
                if self._random.random() < self._faults.reset * FAULT_INTERVAL_S:
                    self.resets += 1
                    connection.abort()
                elif self._random.random() < self._faults.stall * FAULT_INTERVAL_S:
                    self.stalls += 1
                    self._spawn(self._stall(connection))

    async def stop(self) -> None:
        """Abort every connection."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _stall(self, connection: _ProxiedConnection) -> None:
        connection.is_flowing.clear()
        await asyncio.sleep(self._random.uniform(0.1, self._faults.max_stall_s))
        connection.is_flowing.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            upstream_reader, upstream_writer = await self._connect()
        except OSError:
            writer.transport.abort()
            return
        connection = _ProxiedConnection((writer, upstream_writer), asyncio.Event())
        connection.is_flowing.set()
        self._connections.add(connection)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pump(reader, upstream_writer, connection))
                both.create_task(self._pump(upstream_reader, writer, connection))
        finally:
            self._connections.discard(connection)
            connection.abort()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: _ProxiedConnection
    ) -> None:
        with suppress(OSError):
            while chunk := await reader.read(16_384):
                await connection.is_flowing.wait()
                await self._delay(len(chunk))
                writer.write(chunk)
                await writer.drain()
            writer.write_eof()
            return
        connection.abort()

    async def _delay(self, size: int) -> None:
        if self.faults_paused:
            return
        transfer_s = size / self._faults.bytes_per_s if self._faults.bytes_per_s else 0.0
        if delay_s := transfer_s + self._random.uniform(0.0, self._faults.latency):
            await asyncio.sleep(delay_s)


def port_connector(port: int) -> Callable[[], Awaitable[Streams]]:
    """Return a function that connects to a local TCP port."""
    return lambda: asyncio.open_connection("127.0.0.1", port)


@asynccontextmanager
async def tcp_proxy(
    connect: Callable[[], Awaitable[Streams]], weather: NetworkFaults, seed: int
) -> AsyncIterator[tuple[Proxy, int]]:
    """Open a TCP proxy on a free port; yields the proxy and its port."""
    proxy = Proxy(connect, weather, seed)
    server = await asyncio.start_server(proxy.accept, "127.0.0.1", 0)
    async with _running(proxy, server):
        yield proxy, server.sockets[0].getsockname()[1]


@asynccontextmanager
async def unix_proxy(path: Path, proxy_path: Path, weather: NetworkFaults, seed: int) -> AsyncIterator[Proxy]:
    """Open a proxy on a Unix socket that forwards to the socket at `path`."""
    proxy = Proxy(lambda: asyncio.open_unix_connection(path), weather, seed)
    server = await asyncio.start_unix_server(proxy.accept, proxy_path)
    async with _running(proxy, server):
        yield proxy


@asynccontextmanager
async def _running(proxy: Proxy, server: asyncio.Server) -> AsyncIterator[None]:
    storm = asyncio.create_task(proxy.inject_faults())
    try:
        yield
    finally:
        storm.cancel()
        server.close()
        await proxy.stop()

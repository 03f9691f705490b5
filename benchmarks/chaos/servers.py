"""Server processes on one store, which are killed without warning and started again."""

import asyncio
import os
import random
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.chaos.proxy import Streams
from tests.fixtures.cli import ROOT

READY_S = 60.0


@dataclass
class ServerProcess:
    """One server process, and the port that it listens on."""

    port: int
    process: asyncio.subprocess.Process | None = None

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.returncode is None


class ServerCluster:
    """The processes. `kills` counts the blows."""

    def __init__(self, members: list[ServerProcess], settings: dict[str, str], folder: Path, seed: int) -> None:
        self.servers = members
        self.kills = 0
        self._random = random.Random(seed)
        self._settings = settings
        self._folder = folder

    async def start(self, server: ServerProcess) -> None:
        """Start a process, again when it cannot reach its store at once, and wait until it answers."""
        async with asyncio.timeout(READY_S):
            while not await self._start_once(server):  # noqa: ASYNC110
                await asyncio.sleep(0.5)

    async def _start_once(self, server: ServerProcess) -> bool:
        with (self._folder / f"{server.port}.log").open("ab") as log:
            server.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "transport.cli.main",
                "serve",
                cwd=self._folder,
                env=_environment() | self._settings | {"QUERENT_PORT": str(server.port)},
                stdout=log,
                stderr=log,
            )
        # Another process has no event of ours to wait for.
        while server.alive and not await _is_healthy(server.port):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        return server.alive

    async def kill(self, server: ServerProcess) -> None:
        """Kill a process at once."""
        if server.process is not None and server.alive:
            server.process.kill()
            await server.process.wait()

    async def connect(self) -> Streams:
        """Lead a caller to any server that is there, as a balancer of load does."""
        for server in self._random.sample(self.servers, len(self.servers)):
            with suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", server.port)
        raise ConnectionRefusedError

    async def kill_randomly(self, interval_s: float) -> None:
        """Kill one process after the other, by chance, and start it again, for ever."""
        while True:
            await asyncio.sleep(interval_s * self._random.uniform(0.5, 1.5))
            server = self._random.choice(self.servers)
            await self.kill(server)
            self.kills += 1
            await self.start(server)

    async def stop(self) -> None:
        """Ask all processes to end."""
        for server in self.servers:
            if server.process is not None and server.alive:
                server.process.send_signal(signal.SIGTERM)
        for server in self.servers:
            if server.process is not None:
                with suppress(TimeoutError):
                    await asyncio.wait_for(server.process.wait(), 10)
            await self.kill(server)


async def run_command(settings: dict[str, str], folder: Path, *arguments: str) -> None:
    """Run `querent …` as whoever looks after the servers."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "transport.cli.main", *arguments, cwd=folder, env=_environment() | settings
    )
    assert await process.wait() == 0


@asynccontextmanager
async def open_cluster(size: int, settings: dict[str, str], folder: Path, seed: int) -> AsyncIterator[ServerCluster]:
    """Start this many servers."""
    cluster = ServerCluster([ServerProcess(_free_port()) for _ in range(size)], settings, folder, seed)
    try:
        await asyncio.gather(*map(cluster.start, cluster.servers))
        yield cluster
    finally:
        await cluster.stop()


def _environment() -> dict[str, str]:
    """What surrounds us, without what is set for Querent."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("QUERENT_")}
    return inherited | {"PYTHONPATH": str(ROOT)}


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


async def _is_healthy(port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    try:
        writer.write(b"GET /healthz HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
        return b" 200 " in await asyncio.wait_for(reader.readline(), 5)
    except (OSError, TimeoutError):
        return False
    finally:
        writer.close()

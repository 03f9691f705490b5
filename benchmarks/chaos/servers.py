"""Cluster of server processes on one store, killed without warning and restarted."""

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
    """Server processes behind a random load balancer. `kills` counts the killed processes."""

    def __init__(
        self, members: list[ServerProcess], settings: dict[str, str], folder: Path, seed: int
    ) -> None:
        self.servers = members
        self.kills = 0
        self._random = random.Random(seed)
        self._settings = settings
        self._folder = folder

    async def start(self, server: ServerProcess) -> None:
        """Start a process and wait until it is healthy; retry if it cannot reach its store."""
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
        # A separate process can only be polled.
        while server.alive and not await _is_healthy(server.port):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        return server.alive

    async def kill(self, server: ServerProcess) -> None:
        """Kill a process at once."""
        if server.process is not None and server.alive:
            server.process.kill()
            await server.process.wait()

    async def connect(self) -> Streams:
        """Connect to a random live server, as a load balancer does."""
        for server in self._random.sample(self.servers, len(self.servers)):
            with suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", server.port)
        raise ConnectionRefusedError

    async def kill_randomly(self, interval_s: float) -> None:
        """Kill and restart random processes until cancelled."""
        while True:
            await asyncio.sleep(interval_s * self._random.uniform(0.5, 1.5))
            server = self._random.choice(self.servers)
            await self.kill(server)
            self.kills += 1
            await self.start(server)

    async def stop(self) -> None:
        """Terminate all processes."""
        for server in self.servers:
            if server.process is not None and server.alive:
                server.process.send_signal(signal.SIGTERM)
        for server in self.servers:
            if server.process is not None:
                with suppress(TimeoutError):
                    await asyncio.wait_for(server.process.wait(), 10)
            await self.kill(server)


async def run_command(settings: dict[str, str], folder: Path, *arguments: str) -> None:
    """Run a `querent` CLI command as the operator."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "transport.cli.main", *arguments, cwd=folder, env=_environment() | settings
    )
    assert await process.wait() == 0


@asynccontextmanager
async def open_cluster(
    size: int, settings: dict[str, str], folder: Path, seed: int
) -> AsyncIterator[ServerCluster]:
    """Start `size` servers and stop them at the end of the block."""
    cluster = ServerCluster([ServerProcess(_free_port()) for _ in range(size)], settings, folder, seed)
    try:
        await asyncio.gather(*map(cluster.start, cluster.servers))
        yield cluster
    finally:
        await cluster.stop()


def _environment() -> dict[str, str]:
    """Copy the environment without Querent's settings."""
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

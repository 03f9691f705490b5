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
class Member:
    """One server process, and the port that it listens on."""

    port: int
    process: asyncio.subprocess.Process | None = None

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.returncode is None


class Fleet:
    """The processes. `kills` counts the blows."""

    def __init__(self, members: list[Member], settings: dict[str, str], folder: Path, seed: int) -> None:
        self.members = members
        self.kills = 0
        self._chance = random.Random(seed)
        self._settings = settings
        self._folder = folder

    async def start(self, member: Member) -> None:
        """Start a process, again when it cannot reach its store at once, and wait until it answers."""
        async with asyncio.timeout(READY_S):
            while not await self._start_once(member):  # noqa: ASYNC110
                await asyncio.sleep(0.5)

    async def _start_once(self, member: Member) -> bool:
        with (self._folder / f"{member.port}.log").open("ab") as log:
            member.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "transport.cli.main",
                "serve",
                cwd=self._folder,
                env=_environment() | self._settings | {"QUERENT_PORT": str(member.port)},
                stdout=log,
                stderr=log,
            )
        # Another process has no event of ours to wait for.
        while member.alive and not await _answers(member.port):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        return member.alive

    async def kill(self, member: Member) -> None:
        """Kill a process at once."""
        if member.process is not None and member.alive:
            member.process.kill()
            await member.process.wait()

    async def connect(self) -> Streams:
        """Lead a caller to any server that is there, as a balancer of load does."""
        for member in self._chance.sample(self.members, len(self.members)):
            with suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", member.port)
        raise ConnectionRefusedError

    async def strike(self, every_s: float) -> None:
        """Kill one process after the other, by chance, and start it again, for ever."""
        while True:
            await asyncio.sleep(every_s * self._chance.uniform(0.5, 1.5))
            member = self._chance.choice(self.members)
            await self.kill(member)
            self.kills += 1
            await self.start(member)

    async def end(self) -> None:
        """Ask all processes to end."""
        for member in self.members:
            if member.process is not None and member.alive:
                member.process.send_signal(signal.SIGTERM)
        for member in self.members:
            if member.process is not None:
                with suppress(TimeoutError):
                    await asyncio.wait_for(member.process.wait(), 10)
            await self.kill(member)


async def type_command(settings: dict[str, str], folder: Path, *words: str) -> None:
    """Run `querent …` as whoever looks after the servers."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "transport.cli.main", *words, cwd=folder, env=_environment() | settings
    )
    assert await process.wait() == 0


@asynccontextmanager
async def open_fleet(size: int, settings: dict[str, str], folder: Path, seed: int) -> AsyncIterator[Fleet]:
    """Start this many servers."""
    fleet = Fleet([Member(_free_port()) for _ in range(size)], settings, folder, seed)
    try:
        await asyncio.gather(*map(fleet.start, fleet.members))
        yield fleet
    finally:
        await fleet.end()


def _environment() -> dict[str, str]:
    """What surrounds us, without what is set for Querent."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("QUERENT_")}
    return kept | {"PYTHONPATH": str(ROOT)}


def _free_port() -> int:
    with socket.socket() as asking:
        asking.bind(("127.0.0.1", 0))
        port: int = asking.getsockname()[1]
        return port


async def _answers(port: int) -> bool:
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

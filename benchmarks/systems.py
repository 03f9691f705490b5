"""The systems under test: one and two service processes, the reference graph, the stub model, the store."""

import asyncio
import itertools
import os
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from uuid import uuid4

import httpx

from benchmarks.load import AddressFactory, Endpoint, ask_reference, ask_service, no_greeting, subscribe
from store.embedded.server import EmbeddedServer, open_embedded_server
from tests.fixtures.cli import ROOT

READY_S = 60.0
TOKEN = "only-for-the-benchmark"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
Process = asyncio.subprocess.Process


@dataclass(frozen=True)
class Systems:
    """The running systems. `endpoints` and `processes` use the same names."""

    folder: Path
    ports: dict[str, Sequence[int]]
    pids: dict[str, list[int]]
    postgres: int
    store_url: str
    start_s: dict[str, float]
    settings: dict[str, str]

    def endpoints(self) -> dict[str, Endpoint]:
        """Return the endpoint of each system, by name."""
        thread = f"{uuid4()}"
        fresh = ask_reference(lambda: str(uuid4()))
        return {
            "floor: graph": Endpoint(_address(self.ports["graph"], "ask"), fresh, no_greeting, {}),
            "floor: graph and saver": Endpoint(
                _address(self.ports["graph and saver"], "ask"), ask_reference(lambda: thread), no_greeting, {}
            ),
            "service": service_endpoint(self.ports["service"]),
            "service, two processes": service_endpoint(self.ports["service, two processes"]),
        }

    def processes(self, name: str) -> list[int]:
        """Return the process ids of a system."""
        return self.pids[name.removeprefix("floor: ")]

    def idle_endpoint(self, name: str) -> Endpoint:
        """Return the endpoint for idle connections."""
        if name == "echo":
            return Endpoint(_address(self.ports["echo"], "echo"), ask_service, no_greeting, {})
        return self.endpoints()[name]


def service_endpoint(ports: Sequence[int]) -> Endpoint:
    """Return an endpoint of the service that opens new conversations on its ports in turn."""
    return Endpoint(_new_conversation(ports), ask_service, subscribe, HEADERS)


async def start_profiled_service(stack: AsyncExitStack, systems: Systems, path: Path) -> tuple[Process, int]:
    """Start a service process under the sampling profiler; returns it with its port."""
    port = _free_port()
    settings = systems.settings | {"QUERENT_PORT": str(port)}
    arguments = ("benchmarks.sampling_profiler", str(path), "serve")
    process = await _start(stack, *arguments, folder=systems.folder, settings=settings)
    await _wait_until_listening(port)
    return process, port


def _address(ports: Sequence[int], path: str) -> AddressFactory:
    async def address() -> str:
        return f"ws://127.0.0.1:{ports[0]}/{path}"

    return address


def _new_conversation(ports: Sequence[int]) -> AddressFactory:
    """Return a function that creates a conversation, on each process in turn."""
    turn = itertools.cycle(ports)

    async def begin() -> str:
        port = next(turn)
        async with httpx.AsyncClient(trust_env=False, headers=HEADERS, timeout=READY_S) as http:
            thread = (await http.post(f"http://127.0.0.1:{port}/threads", json={})).json()
        return f"ws://127.0.0.1:{port}/threads/{thread['thread_id']}/stream/events"

    return begin


@asynccontextmanager
async def start_systems() -> AsyncIterator[Systems]:
    """Start all systems in a fresh folder; the service is started cold and then warm."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="querent-bench-")))
        stub = await _start(stack, "benchmarks.stub_model", folder=folder, stdin=True, stdout=True)
        assert stub.stdout is not None
        model = (await stub.stdout.readline()).decode().strip()
        settings = {"QUERENT_DATA": str(folder), "QUERENT_MODEL": "stub", "QUERENT_MODEL_URL": model}
        settings |= {"QUERENT_TOKEN": TOKEN, "QUERENT_LOG_LEVEL": "WARNING", "QUERENT_MAX_RUNS_PER_USER": "0"}
        store = await stack.enter_async_context(open_embedded_server(folder))
        ports = [_free_port() for _ in range(5)]
        cold = await _serve(stack, settings, ports[0], folder)
        first, warm_s = await _serve_again(stack, settings, ports[0], folder, cold[0])
        second, _ = await _serve(stack, settings, ports[1], folder)
        floors = await _start_references(stack, model, store, ports[2:], folder)
        yield Systems(
            folder,
            {
                "service": ports[:1],
                "service, two processes": ports[:2],
                "graph": ports[2:3],
                "graph and saver": ports[3:4],
                "echo": ports[4:],
            },
            {"service": [first.pid], "service, two processes": [first.pid, second.pid], **floors},
            _postgres_pid(folder),
            store.url("querent"),
            {"fresh": round(cold[1], 2), "warm": round(warm_s, 2)},
            settings,
        )


async def _start_references(
    stack: AsyncExitStack, model: str, store: EmbeddedServer, ports: Sequence[int], folder: Path
) -> dict[str, list[int]]:
    await store.create_database("floor")
    pids = {}
    stores = {"graph": (), "graph and saver": (store.url("floor"),), "echo": ()}
    for (name, store_arguments), port in zip(stores.items(), ports, strict=True):
        arguments = (str(port), model, store.url("shop"), *store_arguments)
        process = await _start(stack, "benchmarks.reference_service", *arguments, folder=folder)
        await _wait_until_listening(port)
        pids[name] = [process.pid]
    return pids


async def _serve(
    stack: AsyncExitStack, settings: dict[str, str], port: int, folder: Path
) -> tuple[Process, float]:
    """Start the service; returns it with the seconds until it accepted a question."""
    started = perf_counter()
    environment = settings | {"QUERENT_PORT": str(port)}
    process = await _start(stack, "transport.cli.main", "serve", folder=folder, settings=environment)
    await _wait_until_listening(port)
    async with httpx.AsyncClient(trust_env=False, headers=HEADERS, timeout=READY_S) as http:
        base = f"http://127.0.0.1:{port}/threads"
        thread = (await http.post(base, json={})).json()["thread_id"]
        command = {"id": 1, "method": "run.start", "params": {"input": {"question": "How many orders?"}}}
        response = await http.post(f"{base}/{thread}/commands", json=command)
        assert response.json()["type"] == "success", response.text
    return process, perf_counter() - started


async def _serve_again(
    stack: AsyncExitStack, settings: dict[str, str], port: int, folder: Path, process: Process
) -> tuple[Process, float]:
    process.terminate()
    await process.wait()
    return await _serve(stack, settings, port, folder)


async def _start(
    stack: AsyncExitStack,
    *arguments: str,
    folder: Path,
    settings: dict[str, str] | None = None,
    stdin: bool = False,
    stdout: bool = False,
) -> Process:
    """Run a module in a subprocess until the stack is closed."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("QUERENT_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *arguments,
        cwd=folder,
        env=inherited | {"PYTHONPATH": str(ROOT)} | (settings or {}),
        stdin=asyncio.subprocess.PIPE if stdin else asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE if stdout else asyncio.subprocess.DEVNULL,
    )
    stack.push_async_callback(_terminate, process)
    return process


async def _terminate(process: Process) -> None:
    if process.returncode is None:
        process.terminate()
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), 10)
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _wait_until_listening(port: int) -> None:
    async with asyncio.timeout(READY_S):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return


def _postgres_pid(folder: Path) -> int:
    [pid_file] = folder.glob("postgres/**/postmaster.pid")
    return int(pid_file.read_text().splitlines()[0])


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port

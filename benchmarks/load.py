"""Load generator: concurrent users, and the latency of each question."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from statistics import median, quantiles
from time import perf_counter
from typing import Any, Protocol

from websockets.asyncio.client import ClientConnection, connect

QUESTION = "How many orders are there of each status?"
END_EVENTS = {"completed", "failed", "cancelled", "interrupted"}
CHANNELS = ["lifecycle", "messages", "input", "values", "custom"]


@dataclass
class Latencies:
    """Milliseconds from a question to its first and to its last event, and the number of failures."""

    first: list[float] = field(default_factory=list)
    total: list[float] = field(default_factory=list)
    failed: int = 0
    seconds: float = 0.0

    def summary(self) -> dict[str, float]:
        """Return medians, the 99th percentile and questions per second."""
        return {
            "first_ms": round(median(self.first), 2),
            "total_ms": round(median(self.total), 2),
            "p99_ms": round(quantiles(self.total, n=100, method="inclusive")[98], 2),
            "per_s": round(len(self.total) / self.seconds, 1),
            "failed": self.failed,
        }


class AskFunction(Protocol):
    """Asks a question on an open socket; returns milliseconds to the first event, and success."""

    async def __call__(self, socket: ClientConnection, began: float) -> tuple[float, bool]: ...


AddressFactory = Callable[[], Awaitable[str]]


@dataclass(frozen=True)
class Endpoint:
    """A system under load: `open` returns the address for a new user, `greet` is called once per socket."""

    open: AddressFactory
    ask: AskFunction
    greet: Callable[[ClientConnection], Awaitable[None]]
    headers: Mapping[str, str]

    def connect(self, address: str) -> connect:
        """Connect without compression and without a receive limit."""
        return connect(
            address,
            additional_headers=self.headers,
            proxy=None,
            compression=None,
            max_queue=None,
            open_timeout=60,
        )


async def run_load(endpoint: Endpoint, users: int, questions_each: int) -> Latencies:
    """Run concurrent users, each asking a number of questions one after the other."""
    latencies = Latencies()
    addresses = [await endpoint.open() for _ in range(users)]
    ready, go = asyncio.Semaphore(0), asyncio.Event()

    async def run_user(address: str) -> None:
        async with endpoint.connect(address) as socket:
            await endpoint.greet(socket)
            ready.release()
            await go.wait()
            for _ in range(questions_each):
                began = perf_counter()
                first, well = await endpoint.ask(socket, began)
                latencies.first.append(first)
                latencies.total.append((perf_counter() - began) * 1000)
                latencies.failed += not well

    async with asyncio.TaskGroup() as group:
        for address in addresses:
            group.create_task(run_user(address))
        for _ in addresses:
            await ready.acquire()
        began = perf_counter()
        go.set()
    latencies.seconds = perf_counter() - began
    return latencies


async def subscribe(socket: ClientConnection) -> None:
    """Subscribe to the events, as a client of the service does first."""
    await _send_command(socket, "subscription.subscribe", {"channels": CHANNELS})
    while json.loads(await socket.recv())["type"] == "event":
        pass


async def ask_service(socket: ClientConnection, began: float) -> tuple[float, bool]:
    """Ask the service a question and wait for the end of its run."""
    await _send_command(socket, "run.start", {"input": {"question": QUESTION}})
    first = 0.0
    while True:
        frame = json.loads(await socket.recv())
        if frame["type"] == "error":
            return (perf_counter() - began) * 1000, False
        if frame["type"] != "event":
            continue
        first = first or (perf_counter() - began) * 1000
        if frame["method"] == "lifecycle" and frame["params"]["data"]["event"] in END_EVENTS:
            return first, frame["params"]["data"]["event"] == "completed"


async def _send_command(socket: ClientConnection, method: str, params: dict[str, Any]) -> None:
    await socket.send(json.dumps({"id": 1, "method": method, "params": params}))


def ask_reference(thread: Callable[[], str]) -> AskFunction:
    """Return a function that asks the reference graph, in the conversation `thread()`."""

    async def ask(socket: ClientConnection, began: float) -> tuple[float, bool]:
        await socket.send(json.dumps({"thread": thread(), "question": QUESTION}))
        await socket.recv()
        first = (perf_counter() - began) * 1000
        while "end" not in json.loads(await socket.recv()):
            pass
        return first, True

    return ask


async def no_greeting(socket: ClientConnection) -> None:
    """Send nothing on a new socket."""

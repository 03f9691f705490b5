"""A WebSocket client that does not read 50 MB costs the server no more than its bounded queues."""

import asyncio
import json
from contextlib import AsyncExitStack
from pathlib import Path
from time import perf_counter
from uuid import UUID

import pytest

from store.database import open_database
from store.runs.events import MAX_BATCH_BYTES, NewEvent
from store.runs.records import NewRun
from store.runs.runs import MAX_BATCHES, RunStore
from tests.acceptance.processes.conftest import ServerEndpoint
from tests.acceptance.processes.test_multiple_processes import begin
from tests.fixtures.cli import Terminal, read_stderr
from tests.fixtures.eventually import eventually
from tests.fixtures.raw_socket import CLOSE, TEXT, RawConnection, frame, open_websocket
from tests.fixtures.ws_client import connect_client
from transport.realtime.send_queue import MAX_BYTES

PENDING = 50_000_000
TEN_KB = ["x" * 1_000] * 10
ROWS = {"columns": [], "rows": [TEN_KB] * 10, "offset": 0, "final": False, "truncated": False, "ms": 1}
# What waits in the outbox and in the transport, and one page of the log, as bytes, as text and as objects.
BOUND = 2 * MAX_BYTES + 2 * MAX_BATCH_BYTES * MAX_BATCHES
READERS = 3

pytestmark = pytest.mark.timeout(240)


def memory_of(pid: int) -> int:
    """The bytes that a process holds."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return 1024 * int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])


async def fill(store_url: str, thread: str) -> int:
    """Put a run with that many bytes of rows into the log; give the number of its last event."""
    async with open_database(store_url) as database:
        ledger = RunStore(database)
        run = (await ledger.begin(NewRun(UUID(thread), {"question": "All of it?"}), "a test", 60)).run
        page = [NewEvent("custom", ROWS, "rows")] * 20
        written, last = 0, 0
        while written < PENDING:
            logged = await ledger.append(run, page, "a test")
            written += sum(event.size for event in logged)
            last = logged[-1].seq
        [end] = await ledger.finish(run, "completed", "a test", last=[NewEvent("values", {"answer": "All."})])
        assert end.seq == last + 1
        return end.seq


async def subscribe(raw: RawConnection) -> None:
    subscription = {"id": 1, "method": "subscription.subscribe", "params": {"channels": ["*"], "since": 0}}
    await raw.send(frame(TEXT, json.dumps(subscription).encode()))


async def quick_look(door: ServerEndpoint, thread: str) -> float:
    """How long another viewer waits for its own answer."""
    began = perf_counter()
    async with connect_client(door, thread) as caller:
        assert (await caller.subscribe("values")).events == []
    return perf_counter() - began


async def test_who_does_not_read_costs_little_and_is_told_to_come_back(terminal: Terminal) -> None:
    with terminal.run_server(port="0") as process:
        log = read_stderr(process)
        door = ServerEndpoint(int(terminal.settings["QUERENT_PORT"]))
        thread, other = await begin(door), await begin(door)
        last = await fill(terminal.settings["QUERENT_STORE_URL"], thread)
        # The first reader warms up what every reader needs once.
        await read_to_the_end(door, thread, last)
        before = memory_of(process.pid)
        async with AsyncExitStack() as sockets:
            slow = [
                await sockets.enter_async_context(open_websocket(door.port, thread)) for _ in range(READERS)
            ]
            for raw in slow:
                await subscribe(raw)
            highest = 0
            for _ in range(40):
                assert await quick_look(door, other) < 20
                highest = max(highest, memory_of(process.pid))
                await asyncio.sleep(0.1)
            print(f"{READERS} readers cost {(highest - before) / 1e6:.1f} of {READERS * BOUND / 1e6:.1f} MB")
            assert highest - before < READERS * BOUND
            await eventually(lambda: disconnected(log))
            assert await last_status_and_code(slow[0]) == ("lagging", 1013)


async def disconnected(log: list[str]) -> bool:
    """Say whether every slow reader was given up, by the server's log."""
    return sum("reads too slowly" in line for line in log) == READERS


async def read_to_the_end(door: ServerEndpoint, thread: str, last: int) -> None:
    async with connect_client(door, thread, max_size=None) as caller:
        await caller.subscribe("*", since=0)
        while (await caller.frame())["seq"] < last:
            pass


async def last_status_and_code(raw: RawConnection) -> tuple[str, int | None]:
    """Read to the end; return the last status and the close code."""
    status = ""
    while (frame := await raw.receive_frame()) is not None:
        if frame.opcode == TEXT and b'"lifecycle"' in frame.payload[:200]:
            status = json.loads(frame.payload)["params"]["data"]["status"]
        if frame.opcode == CLOSE:
            return status, frame.code
    return status, None

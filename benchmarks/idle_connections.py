"""Memory per idle connection of the service, compared with a bare echo server."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

from websockets.exceptions import WebSocketException

from benchmarks.process_usage import resident_bytes
from benchmarks.systems import Systems

# Concurrent handshakes.
MAX_HANDSHAKES = 100
SETTLE_S = 2.0


async def measure_idle(systems: Systems, counts: Sequence[int]) -> dict[str, Any]:
    """Hold idle connections (subscribed, on the service) and measure the memory of the process."""
    report: dict[str, Any] = {}
    for name in ("echo", "service"):
        pid = systems.processes(name)[0]
        empty = resident_bytes(pid)
        report[name] = {"idle_mb": round(empty / 2**20, 1)}
        async with AsyncExitStack() as stack:
            opened = 0
            for count in counts:
                opened += await _open(stack, systems, name, count - opened)
                await asyncio.sleep(SETTLE_S)
                kb = (resident_bytes(pid) - empty) / 1024 / max(opened, 1)
                report[name][count] = {"held": opened, "kb_each": round(kb, 1)}
    return report


async def _open(stack: AsyncExitStack, systems: Systems, name: str, count: int) -> int:
    """Open more connections; return how many were accepted."""
    endpoint = systems.idle_endpoint(name)
    gate = asyncio.Semaphore(MAX_HANDSHAKES)
    address = await endpoint.open()

    async def open_one() -> bool:
        async with gate:
            try:
                socket = await stack.enter_async_context(endpoint.connect(address))
                await endpoint.greet(socket)
            except (OSError, TimeoutError, WebSocketException):
                return False
            return True

    return sum(await asyncio.gather(*(open_one() for _ in range(count))))

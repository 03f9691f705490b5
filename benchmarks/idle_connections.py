"""What an idle connection costs: memory of the process that holds it, beside the bare echo's."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

from websockets.exceptions import WebSocketException

from benchmarks.process_usage import memory_of
from benchmarks.systems import Parties

# So many handshakes at once.
AT_ONCE = 100
SETTLE_S = 2.0


async def hold_idle(parties: Parties, counts: Sequence[int]) -> dict[str, Any]:
    """Hold so many idle connections, subscribed where there is something to subscribe to."""
    held: dict[str, Any] = {}
    for name in ("echo", "service"):
        pid = parties.processes(name)[0]
        empty = memory_of(pid)
        held[name] = {"idle_mb": round(empty / 2**20, 1)}
        async with AsyncExitStack() as stack:
            opened = 0
            for count in counts:
                opened += await _open(stack, parties, name, count - opened)
                await asyncio.sleep(SETTLE_S)
                kb = (memory_of(pid) - empty) / 1024 / max(opened, 1)
                held[name][count] = {"held": opened, "kb_each": round(kb, 1)}
    return held


async def _open(stack: AsyncExitStack, parties: Parties, name: str, more: int) -> int:
    """Open more connections; give how many were let in."""
    door = parties.idle_door(name)
    gate = asyncio.Semaphore(AT_ONCE)
    address = await door.open()

    async def one() -> bool:
        async with gate:
            try:
                socket = await stack.enter_async_context(door.connect(address))
                await door.greet(socket)
            except (OSError, TimeoutError, WebSocketException):
                return False
            return True

    return sum(await asyncio.gather(*(one() for _ in range(more))))

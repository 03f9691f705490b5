"""Somebody who watches a conversation, loses the line again and again, and keeps what was told."""

import asyncio
import json
import random

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

CHANNELS = ["lifecycle", "messages", "input", "values", "updates", "custom"]


class Viewer:
    """Watches a thread. `told` are the frames as they came; `faults` what may not be."""

    def __init__(self, door: int, thread: str, seed: int) -> None:
        self._address = f"ws://127.0.0.1:{door}/threads/{thread}/stream/events"
        self._thread = thread
        self._random = random.Random(seed)
        self.told: list[str] = []
        self.faults: list[str] = []
        self.connections = 0

    async def watch(self) -> None:
        """Watch for ever."""
        while True:
            try:
                await self._watch_once()
            except (OSError, WebSocketException, TimeoutError):
                await asyncio.sleep(self._random.uniform(0.05, 0.3))

    async def _watch_once(self) -> None:
        # It leaves by itself sometimes, and comes back to another server.
        patience = self._random.uniform(2.0, 10.0)
        async with asyncio.timeout(patience), connect(self._address, proxy=None, max_queue=None) as socket:
            self.connections += 1
            params = {"channels": CHANNELS, "since": len(self.told)}
            await socket.send(json.dumps({"id": 1, "method": "subscription.subscribe", "params": params}))
            async for frame in socket:
                self._hear(str(frame))

    def _hear(self, frame: str) -> None:
        told = json.loads(frame)
        if told["type"] == "event" and told["seq"] is not None:
            due = len(self.told) + 1
            if told["seq"] != due:
                self.faults.append(f"{self._thread}: {told['seq']} was told when {due} was due")
            self.told.append(frame)

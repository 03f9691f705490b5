"""Simulated viewer of a conversation that reconnects again and again and records the frames."""

import asyncio
import json
import random

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

CHANNELS = ["lifecycle", "messages", "input", "values", "updates", "custom"]


class Viewer:
    """Watches a thread. `frames` are the events received; `violations` are gaps and duplicates."""

    def __init__(self, port: int, thread: str, seed: int) -> None:
        self._address = f"ws://127.0.0.1:{port}/threads/{thread}/stream/events"
        self._thread = thread
        self._random = random.Random(seed)
        self.frames: list[str] = []
        self.violations: list[str] = []
        self.connections = 0

    async def watch(self) -> None:
        """Watch and reconnect until cancelled."""
        while True:
            try:
                await self._watch_once()
            except (OSError, WebSocketException, TimeoutError):
                await asyncio.sleep(self._random.uniform(0.05, 0.3))

    async def _watch_once(self) -> None:
        # The viewer disconnects at random and reconnects, possibly to another server.
        duration_s = self._random.uniform(2.0, 10.0)
        async with asyncio.timeout(duration_s), connect(self._address, proxy=None, max_queue=None) as socket:
            self.connections += 1
            params = {"channels": CHANNELS, "since": len(self.frames)}
            await socket.send(json.dumps({"id": 1, "method": "subscription.subscribe", "params": params}))
            async for frame in socket:
                self._record_frame(str(frame))

    def _record_frame(self, frame: str) -> None:
        event = json.loads(frame)
        if event["type"] == "event" and event["seq"] is not None:
            expected_seq = len(self.frames) + 1
            if event["seq"] != expected_seq:
                self.violations.append(
                    f"{self._thread}: {event['seq']} was received when {expected_seq} was due"
                )
            self.frames.append(frame)

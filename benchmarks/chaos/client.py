"""Simulated user that asks one question after the other and sometimes cancels."""

import asyncio
import random
from contextlib import suppress
from typing import Self
from uuid import uuid4

import httpx

from transport.client.client import Client, RefusedByService, ServiceUnreachable

CANCEL_PROBABILITY = 0.1


class SimulatedUser:
    """Asks `count` questions in its own conversation.

    `questions` are those that were sent; `rejected` counts those refused because the store was unavailable;
    `violations` are refusals that should not happen.
    """

    def __init__(self, client: Client, thread: str, count: int, seed: int) -> None:
        self._client = client
        self.count = count
        self._random = random.Random(seed)
        self.thread = thread
        self.questions: list[str] = []
        self.violations: list[str] = []
        self.rejected = 0
        self._start_uncertain = False
        self.cancels = 0

    @classmethod
    async def begin(cls, address: str, count: int, seed: int) -> Self:
        """Create a conversation, retrying until the service accepts it."""
        client = Client(address)
        while True:
            try:
                return cls(client, await client.create_thread("pets"), count, seed)
            except (ServiceUnreachable, RefusedByService):
                await asyncio.sleep(0.1)

    async def ask_all(self) -> None:
        """Ask all questions, each after the previous run has ended."""
        for _ in range(self.count):
            question = f"How many pets are called {uuid4().hex[:12]}?"
            self.questions.append(question)
            canceller = None
            if self._random.random() < CANCEL_PROBABILITY:
                canceller = asyncio.create_task(self._cancel_soon())
            await self._ask(question)
            if canceller is not None:
                canceller.cancel()
                await asyncio.gather(canceller, return_exceptions=True)

    async def _ask(self, question: str) -> None:
        while True:
            try:
                async for _ in self._client.ask(self.thread, question):
                    pass
            except RefusedByService as refusal:
                if refusal.code == "run_in_progress" and self._start_uncertain:
                    await asyncio.sleep(0.5)
                    continue
                self._record_refusal(question, refusal.code)
            except ServiceUnreachable:
                self._record_refusal(question, "service unreachable")
            else:
                self._start_uncertain = False
            return

    def _record_refusal(self, question: str, code: str) -> None:
        """Record a refusal; after `store_unavailable` it is unknown whether the run was stored."""
        if code == "store_unavailable":
            self.rejected += 1
            self._start_uncertain = True
        else:
            self.violations.append(f"{question}: {code}")

    async def _cancel_soon(self) -> None:
        await asyncio.sleep(self._random.uniform(0.0, 0.4))
        command = {"id": 1, "method": "run.cancel", "params": {}}
        address = f"{self._client.address}/threads/{self.thread}/commands"
        async with httpx.AsyncClient(trust_env=False, timeout=5) as http:
            with suppress(httpx.HTTPError):  # the connection was reset
                await http.post(address, json=command)
                self.cancels += 1

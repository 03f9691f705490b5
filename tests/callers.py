"""People who talk to a running server over raw sockets."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Protocol, Self

from websockets.asyncio.client import ClientConnection, connect

OVER = ("completed", "failed", "interrupted")
EVERYTHING = ["lifecycle", "messages", "input", "values", "custom"]


class Door(Protocol):
    """Where a server answers."""

    def events(self, thread: str) -> str:
        """The address of a conversation's events."""
        ...


class Caller:
    """Somebody with a raw socket."""

    def __init__(self, socket: ClientConnection, first_id: int = 1) -> None:
        self.socket = socket
        self.events: list[dict[str, Any]] = []
        self._next = first_id

    async def frame(self) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(await self.socket.recv())
        return frame

    async def say(self, frame: str | bytes) -> dict[str, Any]:
        """Send anything and give the reply."""
        await self.socket.send(frame)
        return await self.reply()

    async def reply(self) -> dict[str, Any]:
        while (frame := await self.frame())["type"] == "event":
            self.events.append(frame)
        return frame

    async def command(self, method: str, **params: Any) -> dict[str, Any]:
        id, self._next = self._next, self._next + 1
        reply = await self.say(json.dumps({"id": id, "method": method, "params": params}))
        assert reply["id"] == id
        return reply

    async def subscribe(self, *channels: str, **more: Any) -> Self:
        reply = await self.command("subscription.subscribe", channels=list(channels) or EVERYTHING, **more)
        assert reply["type"] == "success", reply
        return self

    async def until(self, *statuses: str) -> list[dict[str, Any]]:
        """Read events until the run has come to one of these; then give all since the last time."""
        while not any(status_of(event) in statuses for event in self.events):
            frame = await self.frame()
            assert frame["type"] == "event", frame
            self.events.append(frame)
        events, self.events = self.events, []
        return events

    async def ask(self, question: str) -> list[dict[str, Any]]:
        reply = await self.command("run.start", input={"question": question})
        assert reply["type"] == "success", reply
        return await self.until(*OVER)


def status_of(event: dict[str, Any]) -> str:
    return str(event["params"]["data"]["event"]) if event["method"] == "lifecycle" else ""


@asynccontextmanager
async def calling(served: Door, thread: str, first_id: int = 1, **more: Any) -> AsyncIterator[Caller]:
    # No bound on what this side has not read: a full queue would keep it from hearing the close.
    async with connect(served.events(thread), proxy=None, max_queue=None, **more) as socket:
        yield Caller(socket, first_id)

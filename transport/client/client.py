"""A client for the wire, small enough to read as an example: asks, listens, and loses nothing on the way.

    client = Client("http://127.0.0.1:8000")
    thread = await client.begin()
    async for event in client.ask(thread, "How many customers are there?"):
        print(event["method"], event["params"]["data"])

When the connection is lost it comes back, and goes on after the last event that it has seen.
"""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import quote, urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

CHANNELS = ["lifecycle", "messages", "input", "values", "custom"]
OVER = frozenset({"completed", "failed", "interrupted"})
PATIENCE_S = 10.0
MOST_TRIES = 8
SHORTEST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 10.0
NOT_OURS = "What answers there is not Querent."

Event = dict[str, Any]


class Unreachable(Exception):
    """Nobody answers at this address, or no longer."""


class RefusedByService(Exception):
    """The service said no; `str()` is its sentence."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class Client:
    """Talks to the service at an address, as whoever has this token."""

    address: str
    token: str | None = None

    async def health(self) -> dict[str, Any]:
        """Ask how the service is. Raises `Unreachable`."""
        return dict(await self._request("GET", "/healthz"))

    async def begin(self, database: str | None = None) -> str:
        """Begin a conversation; give its thread id. Raises `Unreachable`, `RefusedByService`."""
        made = await self._request("POST", "/threads", {"database": database} if database else {})
        return str(made["thread_id"])

    def ask(self, thread: str, question: str) -> AsyncIterator[Event]:
        """Put a question and give its events, to the last. Raises as `begin`."""
        return self._follow(thread, "run.start", {"input": {"question": question}})

    def respond(self, thread: str, interrupt: str, response: Any) -> AsyncIterator[Event]:
        """Answer what was asked back and give the events from there on. Raises as `begin`."""
        return self._follow(thread, "input.respond", {"interrupt_id": interrupt, "response": response})

    async def _follow(self, thread: str, method: str, params: dict[str, Any]) -> AsyncIterator[Event]:
        """Give a command, and everything that comes of it, over as many sockets as it takes."""
        line = _Line(method, params)
        tries = 0
        while not line.over:
            try:
                async with self._connect(thread) as socket:
                    async for event in line.speak(socket):
                        tries = 0
                        yield event
            except (OSError, ConnectionClosed, InvalidHandshake, TimeoutError) as lost:
                if isinstance(lost, InvalidStatus) and lost.response.status_code < 500:
                    raise _refusal(lost.response.body or b"") from lost
                tries += 1
                if tries > MOST_TRIES:
                    raise Unreachable("The service does not answer any more.") from lost
                await asyncio.sleep(pause_s(tries))

    def _connect(self, thread: str) -> connect:
        address = self.address.replace("http", "ws", 1)
        return connect(
            f"{address}/threads/{quote(thread, safe='')}/stream/events",
            additional_headers=self._headers(),
            proxy=None,
            max_size=None,
            open_timeout=PATIENCE_S,
        )

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    async def _request(self, method: str, path: str, body: Any = None) -> Any:
        return await asyncio.to_thread(self._request_now, method, path, body)

    def _request_now(self, method: str, path: str, body: Any) -> Any:
        parts = urlsplit(self.address)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        connection = kind(parts.netloc, timeout=PATIENCE_S)
        try:
            headers = self._headers() | {"Content-Type": "application/json"}
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            told = answer.read()
        except (OSError, HTTPException) as error:
            raise Unreachable("The service does not answer.") from error
        finally:
            connection.close()
        if answer.status >= 400:
            raise _refusal(told)
        try:
            return json.loads(told)
        except ValueError as error:
            raise Unreachable(NOT_OURS) from error


class _Line:
    """A command and its events, across sockets. `seen` is the last event that arrived."""

    def __init__(self, method: str, params: dict[str, Any]) -> None:
        self._command = (method, params)
        self._taken = False
        self._sent = False
        self._next_id = 1
        self._early: list[Event] = []
        self._seen: int | None = None
        self.over = False

    async def speak(self, socket: ClientConnection) -> AsyncIterator[Event]:
        """Subscribe, give the command unless it was taken before, and listen to the end of the run."""
        self._early.clear()
        since = {} if self._seen is None else {"since": self._seen}
        reply = await self._say(socket, "subscription.subscribe", {"channels": CHANNELS, **since})
        newest = reply["meta"]["applied_through_seq"]
        if self._seen is None:
            self._seen = newest
        # The socket broke before the reply came. If there is something new, the command was taken.
        self._taken = self._taken or (self._sent and newest > self._seen)
        if not self._taken:
            await self._give(socket)
        while not self.over:
            event = self._early.pop(0) if self._early else json.loads(await socket.recv())
            if event["type"] == "error":
                raise RefusedByService(event["code"], event["message"])
            if event["seq"] > self._seen:
                self._seen = event["seq"]
                self.over = event["method"] == "lifecycle" and event["params"]["data"]["event"] in OVER
                yield event

    async def _give(self, socket: ClientConnection) -> None:
        again, self._sent = self._sent, True
        try:
            reply = await self._say(socket, *self._command)
        except RefusedByService as refusal:
            # Taken the first time, and so quickly asked again that nothing had been told yet.
            if not (again and refusal.code == "run_in_progress"):
                raise
        else:
            self._seen = reply["meta"]["applied_through_seq"]
        self._taken = True

    async def _say(self, socket: ClientConnection, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """Send a command and wait for its reply; events that come first are kept for later."""
        id, self._next_id = self._next_id, self._next_id + 1
        await socket.send(json.dumps({"id": id, "method": method, "params": params}))
        while (frame := json.loads(await socket.recv())).get("id") != id:
            self._early.append(frame)
        if frame["type"] == "error":
            raise RefusedByService(frame["code"], frame["message"])
        return dict(frame)


def pause_s(tries: int) -> float:
    """Wait longer each time, and not all at the same moment."""
    return float(min(LONGEST_PAUSE_S, SHORTEST_PAUSE_S * 2**tries) * random.uniform(0.5, 1.0))


def _refusal(body: bytes | bytearray) -> Exception:
    try:
        told = json.loads(body)
        return RefusedByService(told["code"], told["message"])
    except (ValueError, KeyError, TypeError):
        return Unreachable(NOT_OURS)

"""A client of the wire: asks over HTTP, follows over a WebSocket, and comes back where it was cut off.

It is meant to be read. What any client has to do is in `follow`: remember the last `seq`, subscribe again
with it as `since` after every loss, and let longer and longer pass between tries.
"""

import asyncio
import json
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus, WebSocketException

CHANNELS = ["lifecycle", "messages", "input", "values", "custom"]
SHORTEST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 5.0
# These will be answered the same way however often one asks.
FINAL = frozenset({400, 401, 403, 404, 422})


class ServerRefused(Exception):
    """The server said no: `code` is its own, `str()` is its sentence."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class Client:
    """Talks to the service at an address such as `http://127.0.0.1:8000`. Use it as a context manager."""

    def __init__(self, address: str, token: str | None = None) -> None:
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.AsyncClient(base_url=address, headers=self._headers, trust_env=False, timeout=30)
        parts = urlsplit(address)
        self._sockets = parts._replace(scheme="wss" if parts.scheme == "https" else "ws").geturl()

    async def __aenter__(self) -> "Client":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def is_up(self) -> bool:
        """Whether Querent answers at this address."""
        try:
            answer = await self._http.get("/healthz", timeout=2)
            return bool(answer.json()["service"] == "querent")
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return False

    async def begin(self, database: str | None = None) -> UUID:
        """Begin a conversation. Raises `ServerRefused`."""
        made = await self._post("/threads", {"database": database} if database else {})
        return UUID(made["thread_id"])

    async def ask(self, conversation: UUID, question: str) -> int:
        """Put a question; give the number behind which its events come. Raises `ServerRefused`."""
        command = {"id": 1, "method": "run.start", "params": {"input": {"question": question}}}
        reply = await self._post(f"/threads/{conversation}/commands", command)
        return int(reply["meta"]["applied_through_seq"])

    async def follow(self, conversation: UUID, since: int) -> AsyncGenerator[dict[str, Any], None]:
        """Give every event after `since`, once and in order, for ever. Raises `ServerRefused`."""
        pause_s = SHORTEST_PAUSE_S
        while True:
            try:
                async with aclosing(self._events(conversation, since)) as events:
                    async for event in events:
                        since, pause_s = event["seq"], SHORTEST_PAUSE_S
                        yield event
            except InvalidStatus as refused:
                if refused.response.status_code in FINAL:
                    raise _refusal(refused.response.status_code, refused.response.body or b"") from refused
            except (OSError, WebSocketException):
                pass
            # Jitter, so that a restarted server is not met by everybody at once.
            await asyncio.sleep(random.uniform(pause_s / 2, pause_s))
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    async def _events(self, conversation: UUID, since: int) -> AsyncGenerator[dict[str, Any], None]:
        """Give the events of one connection, for as long as it lasts."""
        address = f"{self._sockets}/threads/{conversation}/stream/events"
        async with connect(address, additional_headers=self._headers, proxy=None, max_size=None) as socket:
            wanted = {"channels": CHANNELS, "since": since}
            await socket.send(json.dumps({"id": 1, "method": "subscription.subscribe", "params": wanted}))
            async for frame in socket:
                message = json.loads(frame)
                if message["type"] == "error":
                    raise ServerRefused(message["error"], message["message"])
                if message["type"] == "event":
                    yield message

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self._http.post(path, json=body)
        if answer.is_error:
            raise _refusal(answer.status_code, answer.content)
        reply: dict[str, Any] = answer.json()
        if reply.get("type") == "error":
            raise ServerRefused(reply["error"], reply["message"])
        return reply


def _refusal(status: int, body: bytes) -> ServerRefused:
    try:
        said = json.loads(body)
        return ServerRefused(str(said["error"]), str(said["message"]))
    except (ValueError, KeyError, TypeError):
        return ServerRefused(f"http_{status}", f"The server answered with HTTP status {status}.")

"""Client of the WebSocket protocol, short enough to read as an example.

    client = Client("http://127.0.0.1:8000")
    thread = await client.create_thread()
    async for event in client.ask(thread, "How many customers are there?"):
        print(event["method"], event["params"]["data"])

It reconnects after a lost connection and resumes after the last event it received.
"""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import quote, urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

CHANNELS = ["lifecycle", "messages", "input", "values", "custom"]
FINAL_EVENTS = frozenset({"completed", "failed", "interrupted"})
TIMEOUT_S = 10.0
MAX_ATTEMPTS = 8
MIN_BACKOFF_S = 0.1
MAX_BACKOFF_S = 10.0
NOT_QUERENT = "The server at this address is not Querent."

Event = dict[str, Any]


class ServiceUnreachable(Exception):
    """The service cannot be reached at this address."""


class RefusedByService(Exception):
    """The service refused a request; `str()` is its message."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class Client:
    """Client of the service at `address`, authenticated by `token`."""

    address: str
    token: str | None = None

    async def health(self) -> dict[str, Any]:
        """Return the health report of the service. Raises `Unreachable`."""
        return dict(await self._request("GET", "/healthz"))

    async def create_thread(self, database: str | None = None) -> str:
        """Create a conversation and return its thread id. Raises `Unreachable`, `RefusedByService`."""
        thread = await self._request("POST", "/threads", {"database": database} if database else {})
        return str(thread["thread_id"])

    def ask(self, thread: str, question: str) -> AsyncIterator[Event]:
        """Ask a question and yield the events of its run. Raises as `create_thread`."""
        return self._follow(thread, "run.start", {"input": {"question": question}})

    def respond(self, thread: str, interrupt: str, response: Any) -> AsyncIterator[Event]:
        """Respond to an interrupt and yield the events from then on. Raises as `create_thread`."""
        return self._follow(thread, "input.respond", {"interrupt_id": interrupt, "response": response})

    async def _follow(self, thread: str, method: str, params: dict[str, Any]) -> AsyncIterator[Event]:
        """Send a command and yield the events it causes, over as many sockets as needed."""
        stream = _CommandStream(method, params)
        attempts = 0
        while not stream.is_finished:
            try:
                async with self._connect(thread) as socket:
                    async for event in stream.run(socket):
                        attempts = 0
                        yield event
            except (OSError, ConnectionClosed, InvalidHandshake, TimeoutError) as failure:
                if isinstance(failure, InvalidStatus) and failure.response.status_code < 500:
                    raise _refusal(failure.response.body or b"") from failure
                attempts += 1
                if attempts > MAX_ATTEMPTS:
                    raise ServiceUnreachable("The connection to the service was lost.") from failure
                await asyncio.sleep(backoff_s(attempts))

    def _connect(self, thread: str) -> connect:
        websocket_address = self.address.replace("http", "ws", 1)
        return connect(
            f"{websocket_address}/threads/{quote(thread, safe='')}/stream/events",
            additional_headers=self._headers(),
            proxy=None,
            max_size=None,
            open_timeout=TIMEOUT_S,
        )

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    async def _request(self, method: str, path: str, body: Any = None) -> Any:
        return await asyncio.to_thread(self._request_sync, method, path, body)

    def _request_sync(self, method: str, path: str, body: Any) -> Any:
        url = urlsplit(self.address)
        connection_class = HTTPSConnection if url.scheme == "https" else HTTPConnection
        connection = connection_class(url.netloc, timeout=TIMEOUT_S)
        try:
            headers = self._headers() | {"Content-Type": "application/json"}
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            content = response.read()
        except (OSError, HTTPException) as error:
            raise ServiceUnreachable("The service cannot be reached.") from error
        finally:
            connection.close()
        if response.status >= 400:
            raise _refusal(content)
        try:
            return json.loads(content)
        except ValueError as error:
            raise ServiceUnreachable(NOT_QUERENT) from error


class _CommandStream:
    """A command and its events, across sockets."""

    def __init__(self, method: str, params: dict[str, Any]) -> None:
        self._command = (method, params)
        self._is_sent = False
        self._is_accepted = False
        self._next_id = 1
        self._buffer: list[Event] = []
        self._last_seq: int | None = None
        self.is_finished = False

    async def run(self, socket: ClientConnection) -> AsyncIterator[Event]:
        """Subscribe, send the command unless it was accepted before, and yield events until the run ends."""
        self._buffer.clear()
        since = {} if self._last_seq is None else {"since": self._last_seq}
        reply = await self._call(socket, "subscription.subscribe", {"channels": CHANNELS, **since})
        newest_seq = reply["meta"]["applied_through_seq"]
        if self._last_seq is None:
            self._last_seq = newest_seq
        # The earlier socket broke before the reply arrived; newer events show that the command was accepted.
        self._is_accepted = self._is_accepted or (self._is_sent and newest_seq > self._last_seq)
        if not self._is_accepted:
            await self._send_command(socket)
        while not self.is_finished:
            event = self._buffer.pop(0) if self._buffer else json.loads(await socket.recv())
            if event["type"] == "error":
                raise RefusedByService(event["code"], event["message"])
            if event["seq"] > self._last_seq:
                self._last_seq = event["seq"]
                is_lifecycle = event["method"] == "lifecycle"
                self.is_finished = is_lifecycle and event["params"]["data"]["event"] in FINAL_EVENTS
                yield event

    async def _send_command(self, socket: ClientConnection) -> None:
        is_repeated, self._is_sent = self._is_sent, True
        try:
            reply = await self._call(socket, *self._command)
        except RefusedByService as refusal:
            # Accepted the first time, and repeated before its first event was logged.
            if not (is_repeated and refusal.code == "run_in_progress"):
                raise
        else:
            self._last_seq = reply["meta"]["applied_through_seq"]
        self._is_accepted = True

    async def _call(self, socket: ClientConnection, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """Send a command and wait for its reply; events that arrive first are buffered."""
        id, self._next_id = self._next_id, self._next_id + 1
        await socket.send(json.dumps({"id": id, "method": method, "params": params}))
        while (frame := json.loads(await socket.recv())).get("id") != id:
            self._buffer.append(frame)
        if frame["type"] == "error":
            raise RefusedByService(frame["code"], frame["message"])
        return dict(frame)


def backoff_s(attempt: int) -> float:
    """Return the delay before an attempt: exponential backoff with jitter."""
    return float(min(MAX_BACKOFF_S, MIN_BACKOFF_S * 2**attempt) * random.uniform(0.5, 1.0))


def _refusal(body: bytes | bytearray) -> Exception:
    try:
        error = json.loads(body)
        return RefusedByService(error["code"], error["message"])
    except (ValueError, KeyError, TypeError):
        return ServiceUnreachable(NOT_QUERENT)


ANSWERED_OUTCOMES = frozenset({"answered", "empty", "schema_answer", "small_talk"})


@dataclass
class RunResult:
    """Result of one question, built up event by event. `rows` are arrays in the order of `columns`."""

    conversation: str
    question: str
    run: str | None = None
    answer: str | None = None
    sql: str | None = None
    columns: list[str] = field(default_factory=list)
    rows: list[list[Any]] = field(default_factory=list)
    truncated: bool = False
    outcome: str | None = None
    evidence: dict[str, Any] | None = None
    chart: dict[str, Any] | None = None
    suggestions: list[str] = field(default_factory=list)
    interrupt: dict[str, Any] | None = None
    error: dict[str, Any] | None = None

    @property
    def is_answered(self) -> bool:
        """Whether the question was answered."""
        return self.outcome in ANSWERED_OUTCOMES

    def apply(self, event: dict[str, Any]) -> None:
        """Apply the next event of the run."""
        data = event["params"]["data"]
        match event["method"]:
            case "lifecycle":
                self._apply_lifecycle(data)
            case "custom":
                self._apply_custom(data["name"], data["payload"])
            case "values":
                self.answer, self.outcome = data["answer"], data["outcome"]
                self.sql = self.sql or data["sql"]
                self.columns = self.columns or list(data["columns"])
            case "input.requested":
                self.interrupt = {"interrupt_id": data["interrupt_id"], **data["payload"]}

    def _apply_lifecycle(self, data: dict[str, Any]) -> None:
        self.run = data["run_id"]
        if data["status"] in ("running", "recovered"):
            self.interrupt = None
        elif data["status"] in ("failed", "cancelled", "interrupted"):
            self.outcome = data["status"]
        if data["event"] == "failed":
            self.error = {"code": data.get("code"), "message": data.get("error")}

    def _apply_custom(self, name: str, payload: dict[str, Any]) -> None:
        match name:
            case "rows":
                previous = self.rows if payload["offset"] else []
                self.chart = self.chart if payload["offset"] else None
                self.rows = [*previous, *payload["rows"]]
                self.columns = [column["name"] for column in payload["columns"]]
                self.truncated = payload["truncated"]
            case "chart":
                self.chart = payload["spec"]
            case "verdict" if payload["approved"]:
                self.sql = payload["sql"]
            case "evidence":
                self.evidence = payload
                self.sql = payload["sql"]
            case "suggestions":
                self.suggestions = payload["questions"]

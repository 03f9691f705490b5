"""A small OpenAI-compatible server over real HTTP, which answers by script and breaks as providers do."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

Fault = Literal[
    "reset",  # hangs up in the middle, without a word
    "stall",  # says half, then nothing more until it is released
    "late",  # says nothing at all until it is released
    "no_json",  # a body that is no JSON
    "no_choices",  # an answer without choices
    "error_event",  # a stream that ends in an error instead of a finish
    "keepalive",  # half the answer, then only comments until it is released
]
HEAD = {"id": "chatcmpl-1", "created": 1, "model": "stub"}
TAKES = ("json_schema", "tool", "json_object", "prose")
USAGE = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}


@dataclass(frozen=True)
class Reply:
    """What one request gets. `pieces` are the chunks of a stream; together they are the text."""

    pieces: Sequence[str] = ()
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: Fault | None = None
    finish: str = "stop"
    tool: Mapping[str, Any] | None = None
    usage: bool = True
    refusal: str | None = None
    # How long the first byte is awaited.
    delay_s: float = 0.0

    @property
    def text(self) -> str:
        return "".join(self.pieces)


def words(text: str) -> Reply:
    """An answer in prose, streamed word by word."""
    return Reply([word if at == 0 else f" {word}" for at, word in enumerate(text.split(" "))])


def form(**fields: Any) -> Reply:
    """A form, filled in."""
    return Reply([json.dumps(fields)])


Answer = Callable[[dict[str, Any]], Reply]


class StubModel:
    """The server. `replies` are given in order; when there are none left, `answer` decides."""

    def __init__(self, answer: Answer | None = None, takes: Sequence[str] = TAKES) -> None:
        self.replies: deque[Reply] = deque()
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.connections = 0
        self.opened = 0
        self.hung_up = asyncio.Event()
        self.release = asyncio.Event()
        self.url = ""
        self._answer = answer
        self._takes = takes

    def prompts(self) -> list[str]:
        """All that was said to the model, one text a request."""
        return ["\n".join(str(message["content"]) for message in body["messages"]) for body in self.requests]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection until it closes."""
        self.connections += 1
        self.opened += 1
        try:
            while await self._serve_one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.connections -= 1
            self.hung_up.set()
            writer.close()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
        body = json.loads(await reader.readexactly(int(headers["content-length"])))
        self.requests.append(body)
        self.keys.append(headers.get("authorization", ""))
        reply = self._reply(body)
        if reply.fault == "late":
            return await self._until_released(reader)
        if reply.delay_s:
            await asyncio.sleep(reply.delay_s)
        if body.get("stream") and reply.status == 200:
            return await self._send_stream(reply, reader, writer)
        return await self._send_whole(reply, writer)

    def _reply(self, body: dict[str, Any]) -> Reply:
        wanted = "tool" if body.get("tools") else body.get("response_format", {}).get("type", "prose")
        if wanted not in self._takes:
            return Reply([f"{wanted} is not supported"], status=400)
        if self.replies:
            return self.replies.popleft()
        return self._answer(body) if self._answer else Reply(["the script is over"], status=403)

    async def _send_whole(self, reply: Reply, writer: asyncio.StreamWriter) -> bool:
        content = _whole(reply)
        sent = {"content-type": "application/json", "content-length": str(len(content)), **reply.headers}
        lines = [f"HTTP/1.1 {reply.status} X", *(f"{name}: {value}" for name, value in sent.items())]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        if reply.fault == "reset":
            return await self._reset(content[: len(content) // 2], writer)
        writer.write(content)
        await writer.drain()
        return True

    async def _send_stream(
        self, reply: Reply, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
        )
        events = _events(reply)
        half = len(events) // 2
        for event in events[:half] if reply.fault else events:
            await _chunk(writer, event)
        match reply.fault:
            case "reset":
                return await self._reset(b"", writer)
            case "stall":
                return await self._until_released(reader)
            case "keepalive":
                return await self._until_released(reader, writer)
            case "error_event":
                await _chunk(writer, b'data: {"error": {"message": "overloaded"}}\n\n')
            case "no_json":
                await _chunk(writer, b"data: {nonsense\n\n")
        await _chunk(writer, b"data: [DONE]\n\n")
        await _chunk(writer, b"")
        return True

    async def _until_released(
        self, reader: asyncio.StreamReader, alive: asyncio.StreamWriter | None = None
    ) -> bool:
        """Hold the answer back until the test lets go or the client hangs up; comments keep it `alive`."""
        waits = {asyncio.ensure_future(self.release.wait()), asyncio.ensure_future(reader.read(1))}
        try:
            while not (await asyncio.wait(waits, timeout=0.02, return_when=asyncio.FIRST_COMPLETED))[0]:
                if alive is not None:
                    await _chunk(alive, b": still here\n\n")
        finally:
            for wait in waits:
                wait.cancel()
        return False

    async def _reset(self, last: bytes, writer: asyncio.StreamWriter) -> bool:
        writer.write(last)
        await writer.drain()
        writer.transport.abort()
        return False


def _whole(reply: Reply) -> bytes:
    if reply.status != 200:
        return json.dumps({"error": {"message": reply.text, "type": "stub", "code": None}}).encode()
    if reply.fault == "no_json":
        return b"<html>Service temporarily unusual</html>"
    message: dict[str, Any] = {"role": "assistant", "content": reply.text or None, "refusal": reply.refusal}
    if reply.tool is not None:
        message["tool_calls"] = [_tool_call(reply.tool)]
    choices = [{"index": 0, "message": message, "finish_reason": reply.finish}]
    body = {**HEAD, "object": "chat.completion", "choices": [] if reply.fault == "no_choices" else choices}
    return json.dumps(body | ({"usage": USAGE} if reply.usage else {})).encode()


def _events(reply: Reply) -> list[bytes]:
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": piece} for piece in reply.pieces]
    if reply.tool is not None:
        deltas.append({"tool_calls": [{"index": 0, **_tool_call(reply.tool)}]})
    chunks: list[dict[str, Any]] = [
        {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas
    ]
    chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": reply.finish}]})
    if reply.fault == "no_choices":
        chunks = [{"choices": []}, {"choices": []}]
    if reply.usage:
        chunks.append({"choices": [], "usage": USAGE})
    head = {**HEAD, "object": "chat.completion.chunk"}
    return [f"data: {json.dumps(head | chunk)}\n\n".encode() for chunk in chunks]


def _tool_call(arguments: Mapping[str, Any]) -> dict[str, Any]:
    function = {"name": arguments["name"], "arguments": json.dumps(arguments["fields"])}
    return {"id": "call-1", "type": "function", "function": function}


async def _chunk(writer: asyncio.StreamWriter, content: bytes) -> None:
    writer.write(f"{len(content):x}\r\n".encode() + content + b"\r\n")
    await writer.drain()


@asynccontextmanager
async def running_stub(
    answer: Answer | None = None, takes: Sequence[str] = TAKES
) -> AsyncIterator[StubModel]:
    """Start a stub on a free port; at the end let go of whoever still waits."""
    stub = StubModel(answer, takes)
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(stub.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    stub.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield stub
    finally:
        stub.release.set()
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()

"""Posts to an OpenAI-compatible endpoint; what may pass by itself is tried again, faults lose their words."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from random import random
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from aiohttp import (
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    ServerTimeoutError,
    TCPConnector,
)
from httpx2 import create_ssl_context
from langchain_core.exceptions import (
    ContextOverflowError,
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelError,
    ModelInvalidRequestError,
    ModelNotFoundError,
    ModelPermissionDeniedError,
    ModelRateLimitError,
    ModelTimeoutError,
)
from pydantic_core import to_json

# After the first one; a server's Retry-After is kept, otherwise each wait is twice the one before.
MOST_RETRIES = 2
FIRST_WAIT_S = 0.5

# A person would sooner have the built-in analyst's answer than wait longer for this one's turn.
MOST_WAIT_S = 5.0

# A server that listens accepts at once; what is left of the time belongs to the answer.
CONNECT_S = 5.0

MOST_CONNECTIONS = 1_000

# Enough of a refusal to see what it is about.
MOST_REFUSAL = 65_536

PASSING = {408, 409, 429}
STATUS_FAULTS: dict[int, type[ModelError]] = {
    400: ModelInvalidRequestError,
    401: ModelAuthenticationError,
    403: ModelPermissionDeniedError,
    404: ModelNotFoundError,
    413: ContextOverflowError,
    422: ModelInvalidRequestError,
    429: ModelRateLimitError,
}
TOO_LONG = re.compile(r"context.?(?:length|window|size)|prompt is too long|maximum context", re.IGNORECASE)


class Endpoint:
    """One address that takes JSON. Faults are LangChain's classes (`ModelError`).

    The stock client's request takes fourteen times as long on the way (2.5 ms against 0.18). Each wait for
    bytes ends after `timeout_s`. Proxies and certificates are those that the environment names.
    """

    def __init__(self, url: str, headers: Mapping[str, str], timeout_s: float) -> None:
        self._url = url
        self._headers = dict(headers)
        self._timeout = ClientTimeout(sock_connect=min(CONNECT_S, timeout_s), sock_read=timeout_s)
        # Reads files: not while others wait.
        self._trusted = create_ssl_context() if url.startswith("https:") else True
        self._open: ClientSession | None = None

    async def post(self, body: Mapping[str, Any]) -> bytes:
        """Give the whole answer."""
        with _classified():
            return await (await self._sent(body, whole=True)).read()

    @asynccontextmanager
    async def stream(self, body: Mapping[str, Any]) -> AsyncIterator[AsyncIterator[bytes]]:
        """Give the answer piece by piece, as it comes."""
        with _classified():
            async with await self._sent(body, whole=False) as response:
                yield response.content.iter_any()

    async def close(self) -> None:
        """Close the connections."""
        if self._open is not None:
            await self._open.close()

    def _session(self) -> ClientSession:
        """The connections, which belong to the loop they are made in."""
        if self._open is None:
            self._open = ClientSession(
                connector=TCPConnector(limit=MOST_CONNECTIONS, ssl=self._trusted),
                headers=self._headers,
                proxy=_proxy_to(self._url),
                cookie_jar=DummyCookieJar(),
                timeout=self._timeout,
            )
        return self._open

    async def _sent(self, body: Mapping[str, Any], whole: bool) -> ClientResponse:
        content = to_json(body)
        for tried in range(MOST_RETRIES + 1):
            try:
                response = await self._session().post(self._url, data=content)
                if response.ok:
                    if whole:
                        await response.read()
                    return response
            except ClientError:
                if tried == MOST_RETRIES:
                    raise
                await asyncio.sleep(_patience(tried))
                continue
            async with response:
                wait = _wait(response, tried)
                if tried == MOST_RETRIES or wait is None:
                    raise await _fault(response)
            await asyncio.sleep(wait)
        raise AssertionError("The last try returns or raises.")


def _proxy_to(url: str) -> str | None:
    """What the environment says: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY."""
    parts, proxies = urlsplit(url), getproxies()
    return None if proxy_bypass(parts.netloc) else proxies.get(parts.scheme) or proxies.get("all")


def _wait(response: ClientResponse, tried: int) -> float | None:
    """Seconds until it may pass; None where that is not to be expected, or would take too long."""
    told = response.headers.get("x-should-retry")
    if told == "false" or not (told == "true" or response.status in PASSING or response.status >= 500):
        return None
    wait = response.headers.get("retry-after", "0")
    if not (wait.replace(".", "", 1).isdecimal() and float(wait) <= MOST_WAIT_S):
        return None
    return float(wait) or _patience(tried)


def _patience(tried: int) -> float:
    """Seconds to wait where the server names none; not the same for all who wait."""
    return FIRST_WAIT_S * 2.0**tried * (1 - random() / 4)


async def _fault(response: ClientResponse) -> ModelError:
    said = f"The provider answered {response.status}."
    if response.status == 400 and TOO_LONG.search(await _beginning(response)):
        return ContextOverflowError(said)
    return STATUS_FAULTS.get(response.status, ModelAPIError)(said)


async def _beginning(response: ClientResponse) -> str:
    read = b""
    async for piece in response.content.iter_any():
        read += piece
        if len(read) > MOST_REFUSAL:
            break
    return read.decode(errors="replace")


@contextmanager
def _classified() -> Iterator[None]:
    """Raise what goes wrong on the way as one of LangChain's classes."""
    try:
        yield
    except ServerTimeoutError as fault:
        raise ModelTimeoutError("The provider did not answer in time.") from fault
    except ClientError as fault:
        raise ModelConnectionError("The provider cannot be reached, or hung up.") from fault


# No chunk of an answer comes near; a server that never ends a line must not fill the memory.
MOST_BYTES = 1_000_000

# After the last event a server closes its answer at once; one that does not costs a new connection, no more.
LINGER_S = 0.1


async def read_events(pieces: AsyncIterator[bytes]) -> AsyncIterator[list[bytes]]:
    """Give the data of the events that each piece completes. Raises `ValueError` when one is too long."""
    reader = EventReader()
    async for piece in pieces:
        if events := list(reader.feed(piece)):
            yield events


async def until_done(read: AsyncIterator[list[bytes]]) -> AsyncIterator[list[bytes]]:
    """The events before the closing one; the rest is read out, so that the connection can be used again."""
    async for events in read:
        last = next((at for at, event in enumerate(events) if event.startswith(b"[DONE]")), None)
        if last is None:
            yield events
            continue
        if last:
            yield events[:last]
        with suppress(TimeoutError):
            async with asyncio.timeout(LINGER_S):
                async for _ in read:
                    pass
        return


class EventReader:
    """Cuts a stream of bytes into events, wherever its pieces begin and end.

    Lines end with LF, CR or CR LF; comments and every field but `data` are left out, and so is an event that
    the end of the stream cuts off (https://html.spec.whatwg.org/multipage/server-sent-events.html, 9.2.6).
    """

    def __init__(self) -> None:
        self._rest = b""
        self._after_cr = False
        self._data: list[bytes] = []

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Take a piece; give the events it completes."""
        for line in self._lines(piece):
            if not line:
                if self._data:
                    yield b"\n".join(self._data)
                    self._data = []
            elif line.startswith(b"data:"):
                self._data.append(line[6:] if line[5:6] == b" " else line[5:])
            elif line == b"data":
                self._data.append(b"")

    def _lines(self, piece: bytes) -> list[bytes]:
        """The lines that are complete by now, without their ends."""
        if self._after_cr and piece.startswith(b"\n"):
            piece = piece[1:]
        if not piece:
            return []
        text = self._rest + piece
        self._after_cr = text.endswith(b"\r")
        lines = text.splitlines()
        self._rest = b"" if text.endswith((b"\n", b"\r")) else lines.pop()
        if len(self._rest) + sum(map(len, self._data)) > MOST_BYTES:
            raise ValueError("The event is too long.")
        return lines


def joined(events: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Make one event of words that came together."""
    held: dict[str, Any] | None = None
    held_says = False
    for event in events:
        says = only_says(event)
        if held is not None and held_says and says:
            held["choices"][0]["delta"]["content"] += event["choices"][0]["delta"]["content"]
            continue
        if held is not None:
            yield held
        held, held_says = event, says
    if held is not None:
        yield held


def only_says(event: dict[str, Any]) -> bool:
    """Whether an event holds a piece of text, and nothing that could be lost."""
    choices = event.get("choices")
    if event.get("usage") or not choices or len(choices) > 1:
        return False
    choice, delta = choices[0], choices[0].get("delta") or {}
    ends = choice.get("finish_reason") or choice.get("logprobs")
    return not ends and delta.keys() <= {"role", "content"} and isinstance(delta.get("content"), str)

"""HTTP client for OpenAI-compatible endpoints: retries, error classes, a server-sent events parser."""

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

# The server's Retry-After is honoured; without one, each wait is twice as long as the previous one.
MAX_RETRIES = 2
FIRST_BACKOFF_S = 0.5
# A longer wait would be worse for the user than the built-in analyst's answer.
MAX_BACKOFF_S = 5.0
# A server that is up accepts connections at once; the rest of the timeout belongs to the answer.
CONNECT_TIMEOUT_S = 5.0
MAX_CONNECTIONS = 1_000
# Enough of an error response to classify it.
MAX_ERROR_BYTES = 65_536

RETRYABLE = {408, 409, 429}
STATUS_ERRORS: dict[int, type[ModelError]] = {
    400: ModelInvalidRequestError,
    401: ModelAuthenticationError,
    403: ModelPermissionDeniedError,
    404: ModelNotFoundError,
    413: ContextOverflowError,
    422: ModelInvalidRequestError,
    429: ModelRateLimitError,
}
CONTEXT_OVERFLOW = re.compile(
    r"context.?(?:length|window|size)|prompt is too long|maximum context", re.IGNORECASE
)


class OpenAiClient:
    """HTTP client for one URL that accepts JSON. Raises LangChain's error classes (`ModelError`).

    The OpenAI SDK's raw responses over its aiohttp client would add about 3 ms of CPU to each request.
    `timeout_s` limits each wait for bytes. Proxies and certificates are taken from the environment.
    """

    def __init__(self, url: str, headers: Mapping[str, str], timeout_s: float) -> None:
        self._url = url
        self._headers = dict(headers)
        self._timeout = ClientTimeout(sock_connect=min(CONNECT_TIMEOUT_S, timeout_s), sock_read=timeout_s)
        # Created here because it reads files, which must not block the event loop later.
        self._ssl = create_ssl_context() if url.startswith("https:") else True
        self._session: ClientSession | None = None

    async def post(self, body: Mapping[str, Any]) -> bytes:
        """Send a request and return the whole response body."""
        with _model_errors():
            return await (await self._send(body, whole=True)).read()

    @asynccontextmanager
    async def stream(self, body: Mapping[str, Any]) -> AsyncIterator[AsyncIterator[bytes]]:
        """Send a request and stream the response body."""
        with _model_errors():
            async with await self._send(body, whole=False) as response:
                yield response.content.iter_any()

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    def _open_session(self) -> ClientSession:
        """Return the session, which is bound to the event loop it is created in."""
        if self._session is None:
            self._session = ClientSession(
                connector=TCPConnector(limit=MAX_CONNECTIONS, ssl=self._ssl),
                headers=self._headers,
                proxy=_proxy_for(self._url),
                cookie_jar=DummyCookieJar(),
                timeout=self._timeout,
            )
        return self._session

    async def _send(self, body: Mapping[str, Any], whole: bool) -> ClientResponse:
        content = to_json(body)
        for attempt in range(MAX_RETRIES + 1):
            try:
                response = await self._open_session().post(self._url, data=content)
                if response.ok:
                    if whole:
                        await response.read()
                    return response
            except ClientError:
                if attempt == MAX_RETRIES:
                    raise
                await asyncio.sleep(_backoff_s(attempt))
                continue
            async with response:
                delay = _retry_delay_s(response, attempt)
                if attempt == MAX_RETRIES or delay is None:
                    raise await _to_model_error(response)
            await asyncio.sleep(delay)
        raise AssertionError("The last attempt returns or raises.")


def _proxy_for(url: str) -> str | None:
    """Return the proxy set by HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY."""
    parts, proxies = urlsplit(url), getproxies()
    return None if proxy_bypass(parts.netloc) else proxies.get(parts.scheme) or proxies.get("all")


def _retry_delay_s(response: ClientResponse, attempt: int) -> float | None:
    """Return the seconds until a retry; None if it would be pointless or take too long."""
    should_retry = response.headers.get("x-should-retry")
    retryable = response.status in RETRYABLE or response.status >= 500
    if should_retry == "false" or not (should_retry == "true" or retryable):
        return None
    retry_after = response.headers.get("retry-after", "0")
    if not (retry_after.replace(".", "", 1).isdecimal() and float(retry_after) <= MAX_BACKOFF_S):
        return None
    return float(retry_after) or _backoff_s(attempt)


def _backoff_s(attempt: int) -> float:
    """Return an exponential backoff with jitter, in seconds."""
    return FIRST_BACKOFF_S * 2.0**attempt * (1 - random() / 4)


async def _to_model_error(response: ClientResponse) -> ModelError:
    message = f"The provider answered {response.status}."
    if response.status == 400 and CONTEXT_OVERFLOW.search(await _read_error(response)):
        return ContextOverflowError(message)
    return STATUS_ERRORS.get(response.status, ModelAPIError)(message)


async def _read_error(response: ClientResponse) -> str:
    body = b""
    async for part in response.content.iter_any():
        body += part
        if len(body) > MAX_ERROR_BYTES:
            break
    return body.decode(errors="replace")


@contextmanager
def _model_errors() -> Iterator[None]:
    """Re-raise network errors as LangChain's error classes."""
    try:
        yield
    except ServerTimeoutError as error:
        raise ModelTimeoutError("The provider did not answer in time.") from error
    except ClientError as error:
        raise ModelConnectionError("The provider cannot be reached or closed the connection.") from error


# No event of an answer comes near this; a server that never ends a line must not exhaust the memory.
MAX_EVENT_BYTES = 1_000_000
# Servers close the response right after the last event; for one that does not, the connection is not reused.
DRAIN_TIMEOUT_S = 0.1


async def read_events(body: AsyncIterator[bytes]) -> AsyncIterator[list[bytes]]:
    """Yield the data of the events that each part completes. Raises `ValueError` if one is too long."""
    parser = EventParser()
    async for part in body:
        if events := list(parser.feed(part)):
            yield events


async def until_done(batches: AsyncIterator[list[bytes]]) -> AsyncIterator[list[bytes]]:
    """Yield the events before `[DONE]`, then drain the response so that its connection can be reused."""
    async for events in batches:
        done = next((index for index, event in enumerate(events) if event.startswith(b"[DONE]")), None)
        if done is None:
            yield events
            continue
        if done:
            yield events[:done]
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_TIMEOUT_S):
                async for _ in batches:
                    pass
        return


class EventParser:
    """Incremental parser of server-sent events.

    Lines end with LF, CR or CR LF. Comments, all fields but `data`, and an event cut off by the end of the
    stream are ignored (https://html.spec.whatwg.org/multipage/server-sent-events.html, 9.2.6).
    """

    def __init__(self) -> None:
        self._incomplete_line = b""
        self._after_cr = False
        self._data: list[bytes] = []

    def feed(self, part: bytes) -> Iterator[bytes]:
        """Add a part of the stream and yield the data of the events it completes."""
        for line in self._lines(part):
            if not line:
                if self._data:
                    yield b"\n".join(self._data)
                    self._data = []
            elif line.startswith(b"data:"):
                self._data.append(line[6:] if line[5:6] == b" " else line[5:])
            elif line == b"data":
                self._data.append(b"")

    def _lines(self, part: bytes) -> list[bytes]:
        """Return the lines that are complete now, without their line ends."""
        if self._after_cr and part.startswith(b"\n"):
            part = part[1:]
        if not part:
            return []
        text = self._incomplete_line + part
        self._after_cr = text.endswith(b"\r")
        lines = text.splitlines()
        self._incomplete_line = b"" if text.endswith((b"\n", b"\r")) else lines.pop()
        if len(self._incomplete_line) + sum(map(len, self._data)) > MAX_EVENT_BYTES:
            raise ValueError("The event is too long.")
        return lines


def merge_text_events(events: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Merge consecutive events that only add text."""
    pending: dict[str, Any] | None = None
    pending_is_text = False
    for event in events:
        is_text = is_text_only(event)
        if pending is not None and pending_is_text and is_text:
            pending["choices"][0]["delta"]["content"] += event["choices"][0]["delta"]["content"]
            continue
        if pending is not None:
            yield pending
        pending, pending_is_text = event, is_text
    if pending is not None:
        yield pending


def is_text_only(event: dict[str, Any]) -> bool:
    """Tell whether an event contains a piece of text and no other information."""
    choices = event.get("choices")
    if event.get("usage") or not choices or len(choices) > 1:
        return False
    choice, delta = choices[0], choices[0].get("delta") or {}
    ends = choice.get("finish_reason") or choice.get("logprobs")
    return not ends and delta.keys() <= {"role", "content"} and isinstance(delta.get("content"), str)

"""Posts to an OpenAI-compatible endpoint; what may pass by itself is tried again, faults lose their words."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager
from random import random
from typing import Any

import httpx2
from anyio import EndOfStream
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


def open_http(timeout_s: float) -> httpx2.AsyncClient:
    """Make the connections; nothing is sent yet. Each wait for bytes ends after `timeout_s`."""
    limits = httpx2.Limits(max_connections=1_000, max_keepalive_connections=100)
    timeout = httpx2.Timeout(timeout_s, connect=min(CONNECT_S, timeout_s))
    return httpx2.AsyncClient(timeout=timeout, limits=limits, follow_redirects=True)


class Endpoint:
    """One address that takes JSON. Faults are LangChain's classes (`ModelError`).

    The stock client's request takes five times as long on the way (2.5 ms against 0.5).
    """

    def __init__(self, http: httpx2.AsyncClient, url: str, headers: Mapping[str, str]) -> None:
        self._http = http
        self._url = httpx2.URL(url)
        self._headers = httpx2.Headers(headers)

    async def post(self, body: Mapping[str, Any]) -> bytes:
        """Give the whole answer."""
        with _classified():
            return (await self._sent(body, stream=False)).content

    @asynccontextmanager
    async def stream(self, body: Mapping[str, Any]) -> AsyncIterator[AsyncIterator[bytes]]:
        """Give the answer piece by piece, as it comes."""
        with _classified():
            response = await self._sent(body, stream=True)
            async with aclosing(response):
                yield response.aiter_bytes()

    async def _sent(self, body: Mapping[str, Any], stream: bool) -> httpx2.Response:
        content = to_json(body)
        for tried in range(MOST_RETRIES + 1):
            request = self._http.build_request("POST", self._url, headers=self._headers, content=content)
            try:
                response = await self._http.send(request, stream=stream)
            except httpx2.TransportError:
                if tried == MOST_RETRIES:
                    raise
                await asyncio.sleep(_patience(tried))
                continue
            if response.is_success:
                return response
            wait = _wait(response, tried)
            if tried == MOST_RETRIES or wait is None:
                raise await _fault(response)
            await response.aclose()
            await asyncio.sleep(wait)
        raise AssertionError("The last try returns or raises.")


def _wait(response: httpx2.Response, tried: int) -> float | None:
    """Seconds until it may pass; None where that is not to be expected, or would take too long."""
    told = response.headers.get("x-should-retry")
    if told == "false" or not (told == "true" or response.status_code in PASSING or response.is_server_error):
        return None
    wait = response.headers.get("retry-after", "0")
    if not (wait.replace(".", "", 1).isdecimal() and float(wait) <= MOST_WAIT_S):
        return None
    return float(wait) or _patience(tried)


def _patience(tried: int) -> float:
    """Seconds to wait where the server names none; not the same for all who wait."""
    return FIRST_WAIT_S * 2.0**tried * (1 - random() / 4)


async def _fault(response: httpx2.Response) -> ModelError:
    said = f"The provider answered {response.status_code}."
    if response.status_code == 400 and TOO_LONG.search(await _beginning(response)):
        return ContextOverflowError(said)
    await response.aclose()
    return STATUS_FAULTS.get(response.status_code, ModelAPIError)(said)


async def _beginning(response: httpx2.Response) -> str:
    read = b""
    async with aclosing(response):
        async for piece in response.aiter_bytes():
            read += piece
            if len(read) > MOST_REFUSAL:
                break
    return read.decode(errors="replace")


@contextmanager
def _classified() -> Iterator[None]:
    """Raise what goes wrong on the way as one of LangChain's classes."""
    try:
        yield
    except httpx2.TimeoutException as fault:
        raise ModelTimeoutError("The provider did not answer in time.") from fault
    except (httpx2.RequestError, EndOfStream) as fault:
        raise ModelConnectionError("The provider cannot be reached, or hung up.") from fault

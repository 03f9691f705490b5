"""Posts to an OpenAI-compatible endpoint; what may pass by itself is tried again, faults lose their words."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
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

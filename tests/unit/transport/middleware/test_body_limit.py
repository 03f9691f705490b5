"""Bodies of requests, up to a limit."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI, Request
from starlette.middleware import Middleware

from transport.middleware.body_limit import MAX_BYTES, BodyLimitMiddleware
from transport.middleware.errors import error_middleware, register_error_handlers


@pytest.fixture
def http() -> httpx.AsyncClient:
    app = FastAPI(middleware=[Middleware(BodyLimitMiddleware), error_middleware()])
    register_error_handlers(app)

    @app.post("/")
    async def measure(request: Request) -> int:
        return len(await request.body())

    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


async def chunks(size: int) -> AsyncIterator[bytes]:
    for _ in range(4):
        yield bytes(size // 4)


@pytest.mark.parametrize("is_chunked", [False, True])
async def test_a_body_has_a_greatest_size(http: httpx.AsyncClient, is_chunked: bool) -> None:
    for size, status in ((MAX_BYTES, 200), (MAX_BYTES + 4, 413)):
        response = await http.post("/", content=chunks(size) if is_chunked else bytes(size))
        assert response.status_code == status
    assert response.json()["code"] == "too_large"

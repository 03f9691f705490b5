"""Exceptions of any route, as a client receives them."""

import httpx
import pytest
from fastapi import FastAPI
from pydantic import BaseModel

from store.errors import NotFound, StoreUnavailable
from transport.middleware.errors import error_middleware, register_error_handlers
from transport.protocol.errors import RequestRefused

RAISED: dict[str, Exception] = {
    "refused": RequestRefused("forbidden", "Not you."),
    "missing": NotFound("connection", "pets"),
    "store": StoreUnavailable("10.0.0.7 does not answer"),
    "unforeseen": RuntimeError("secret"),
}


class Number(BaseModel):
    number: int


@pytest.fixture
def http() -> httpx.AsyncClient:
    app = FastAPI(middleware=[error_middleware()])
    register_error_handlers(app)

    @app.get("/raise/{name}")
    async def fail(name: str) -> None:
        raise RAISED[name]

    @app.post("/number")
    async def take(number: Number) -> int:
        return number.number

    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("refused", 403, "forbidden"),
        ("missing", 404, "no_such_database"),
        ("store", 503, "store_unavailable"),
        ("unforeseen", 500, "internal"),
    ],
)
async def test_an_exception_becomes_an_error(
    http: httpx.AsyncClient, name: str, status: int, code: str
) -> None:
    response = await http.get(f"/raise/{name}")
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert "secret" not in response.text
    assert "10.0.0.7" not in response.text


@pytest.mark.parametrize(
    ("call", "body", "status", "code"),
    [
        (("GET", "/nowhere"), b"", 404, "not_found"),
        (("DELETE", "/number"), b"", 405, "not_found"),
        (("POST", "/number"), b'{"number": "many"}', 422, "invalid_argument"),
    ],
)
async def test_what_routing_and_validation_refuse_is_an_error_too(
    http: httpx.AsyncClient, call: tuple[str, str], body: bytes, status: int, code: str
) -> None:
    response = await http.request(*call, content=body, headers={"content-type": "application/json"})
    assert (response.status_code, response.json()["code"]) == (status, code)

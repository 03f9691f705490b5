"""The page and its login, before a bare application."""

import httpx
import pytest
from fastapi import FastAPI

from transport.auth.authentication import COOKIE, Authenticator
from transport.middleware.errors import error_middleware, register_error_handlers
from transport.rest.web_ui import WebUi


def served(authenticator: Authenticator) -> httpx.AsyncClient:
    app = FastAPI(middleware=[error_middleware()])
    register_error_handlers(app)
    app.router.routes.extend(WebUi(authenticator).routes())
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


@pytest.mark.parametrize("path", ["/", "/favicon.ico", "/page/app.js", "/page/style.css"])
async def test_files_are_served_with_their_headers(path: str) -> None:
    response = await served(Authenticator()).get(path)
    assert (response.status_code, response.headers["x-content-type-options"]) == (200, "nosniff")


async def test_the_right_token_sets_a_cookie_that_scripts_cannot_read() -> None:
    http = served(Authenticator(token="open-sesame"))
    response = await http.post("/login", json={"token": "open-sesame"})
    assert response.status_code == 204
    assert response.headers["set-cookie"].startswith(f"{COOKIE}=open-sesame; HttpOnly")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"token": "wrong"}', 401, "unauthorized"),
        (b"{}", 422, "invalid_argument"),
        (b"token", 400, "malformed"),
    ],
)
async def test_anything_else_is_refused(body: bytes, status: int, code: str) -> None:
    response = await served(Authenticator(token="open-sesame")).post("/login", content=body)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert "set-cookie" not in response.headers

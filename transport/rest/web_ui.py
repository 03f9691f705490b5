"""Web UI: its static files, and the login that sets the token cookie."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from transport.auth.authentication import Authenticator, set_token_cookie
from transport.protocol.commands import parse_json
from transport.protocol.errors import RequestRefused

WEB_DIR = Path(__file__).parent.parent / "web"
# The page itself declares what it may load; these policies only work as headers. Files are revalidated on
# each request, so that updating the service updates the page.
HEADERS = {
    "Content-Security-Policy": "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


class Login(BaseModel):
    """Body of a login request."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    token: str


class WebUi:
    """Static files and login of the web UI, which need no authentication."""

    def __init__(self, authenticator: Authenticator) -> None:
        self._authenticator = authenticator

    def routes(self) -> list[BaseRoute]:
        """Return the routes of the web UI."""
        return [
            Route("/", _serve_file("index.html")),
            Route("/favicon.ico", _serve_file("favicon.svg")),
            Route("/login", self.login, methods=["POST"]),
            Mount("/page", WebUiFiles(directory=WEB_DIR)),
        ]

    async def login(self, request: Request) -> Response:
        """Set the token cookie if the token is valid."""
        credentials = parse_json(Login, await request.body())
        if self._authenticator.identify([credentials.token]) is None:
            raise RequestRefused("unauthorized", "Invalid token.")
        response = Response(status_code=204)
        if self._authenticator.requires_token:
            set_token_cookie(response, credentials.token, secure=request.url.scheme == "https")
        return response


class WebUiFiles(StaticFiles):
    """Static files with the web UI's security headers."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Serve a file."""
        response = await super().get_response(path, scope)
        response.headers.update(HEADERS)
        return response


def _serve_file(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        return FileResponse(WEB_DIR / name, headers=HEADERS)

    return serve

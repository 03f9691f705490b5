"""What a browser sees first: the page, and the place to show its token."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from transport.auth.authentication import Admission, denial, remember
from transport.protocol.commands import read_json
from transport.protocol.errors import Fault, fault_of

PAGE = Path(__file__).parent.parent / "web"
# The page says by itself what it may load; these only work as headers. It is asked for again each time, so
# that an update of the service is an update of the page.
HEADERS = {
    "Content-Security-Policy": "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


class Login(BaseModel):
    """Show the token once, and be known by a cookie from then on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    token: str


class Front:
    """The page and its files, and the login. Open to everybody."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission

    def routes(self) -> list[BaseRoute]:
        """Say where everything is."""
        return [
            Route("/", _show("index.html")),
            Route("/favicon.ico", _show("favicon.svg")),
            Route("/login", self.login, methods=["POST"]),
            Mount("/page", PageFiles(directory=PAGE)),
        ]

    async def login(self, request: Request) -> Response:
        """Give a cookie for the right token."""
        try:
            shown = read_json(Login, await request.body())
        except Exception as error:  # noqa: BLE001 – the one boundary of a request
            return denial(fault_of(error))
        if self._admission.known([shown.token]) is None:
            return denial(Fault("unauthorized", "That token is not the right one."))
        response = Response(status_code=204)
        if self._admission.asks_for_tokens:
            remember(response, shown.token, secure=request.url.scheme == "https")
        return response


class PageFiles(StaticFiles):
    """Files with the page's headers."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Give a file."""
        response = await super().get_response(path, scope)
        response.headers.update(HEADERS)
        return response


def _show(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def show(request: Request) -> Response:
        return FileResponse(PAGE / name, headers=HEADERS)

    return show

"""Who may come in: the right token, from the right page, under the right name."""

import hmac
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from graph.access import read_standing
from graph.settings import Settings
from store.access.roles import Standing
from transport.auth.jwt import PASS, Pass, read_pass
from transport.protocol.errors import Fault, Refused

COOKIE = "querent_token"
SUBPROTOCOL = "querent"
BEARER = "bearer."
COOKIE_S = 30 * 24 * 3600
# Whoever shows the token, or sits at this machine where none is set.
ASKER = "local"
SOMEBODY = Pass(ASKER)
# The page itself holds no secret, and asks for the token before anything else.
OPEN_PATHS = frozenset({"/", "/login", "/healthz", "/favicon.ico"})
OPEN_FOLDER = "/page/"
READING = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Admission:
    """What is asked of everybody who comes. Without a token only this machine's own names are answered."""

    token: str | None = field(default=None, repr=False)
    origins: frozenset[str] = frozenset()
    pass_key: str | None = field(default=None, repr=False)

    def check(self, connection: HTTPConnection) -> Pass:
        """Say who comes. Raises `Refused` unless they may come in."""
        headers = connection.headers
        if self._is_open and not is_loopback(_host_in(headers.get("host", ""))):
            # A page elsewhere may give its own name this machine's address.
            raise Refused("forbidden", "Without a token this service answers to localhost only.")
        if _is_from_a_page(connection) and not self._welcomes(headers):
            raise Refused("forbidden", "This page may not use this service.")
        known = self.known(_tokens_in(connection))
        if known is None and not _is_open_path(connection.url.path):
            raise Refused("unauthorized", "This service wants a token.")
        return known or SOMEBODY

    def known(self, tokens: Iterable[str]) -> Pass | None:
        """Who shows these? Takes as long for a wrong one as for the right one."""
        shown = list(tokens)
        if self.pass_key is not None:
            passes = [read_pass(self.pass_key, token) for token in shown]
            if named := next(filter(None, passes), None):
                return named
        if self._is_open:
            return SOMEBODY
        right = (self.token or "").encode()
        is_right = any([hmac.compare_digest(token.encode(), right) for token in shown])
        return SOMEBODY if self.token is not None and is_right else None

    @property
    def asks_for_tokens(self) -> bool:
        """Whether nobody comes in without one."""
        return not self._is_open

    @property
    def _is_open(self) -> bool:
        return self.token is None and self.pass_key is None

    def _welcomes(self, headers: Headers) -> bool:
        origin = headers["origin"]
        return origin in self.origins or urlsplit(origin).netloc == headers.get("host")


class Gate:
    """Lets in, or answers why not; wrapped around the whole app, so that no door can be forgotten."""

    def __init__(self, app: ASGIApp, admission: Admission) -> None:
        self._app = app
        self._admission = admission

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, with its asker's name on it."""
        app = self._app
        if scope["type"] in ("http", "websocket"):
            try:
                scope["pass"] = self._admission.check(HTTPConnection(scope))
            except Refused as refusal:
                app = denial(refusal.fault)
        await app(scope, receive, send)


def denial(fault: Fault) -> Response:
    """Answer a request, or a handshake, with a fault."""
    headers = {"WWW-Authenticate": "Bearer"} if fault.code == "unauthorized" else None
    return JSONResponse(fault.as_json(), fault.status, headers)


def asker_of(connection: HTTPConnection) -> str:
    """Say who came in by the gate."""
    return pass_of(connection).asker


def pass_of(connection: HTTPConnection) -> Pass:
    """Say who came in by the gate, until when they may stay, and what else is known of them."""
    shown = connection.scope["pass"]
    assert isinstance(shown, Pass)
    return shown


def standing_of(connection: HTTPConnection) -> Standing | None:
    """Say in which role somebody came in, and what else their pass says of them; None without a pass."""
    shown = pass_of(connection)
    if shown.asker == ASKER:
        return None
    return read_standing({**shown.claims, "asker": shown.asker.removeprefix(PASS)})


def subprotocol_of(offered: Iterable[str]) -> str | None:
    """Choose among the subprotocols a browser offers; one of them may be its token, which is never echoed."""
    return SUBPROTOCOL if SUBPROTOCOL in offered else None


def remember(response: Response, token: str, secure: bool) -> None:
    """Let a browser show the token by itself from now on; its pages cannot read it."""
    response.set_cookie(COOKIE, token, max_age=COOKIE_S, httponly=True, samesite="strict", secure=secure)


def token_of(settings: Settings) -> str | None:
    """Give the token that is asked for; an empty one is none."""
    return (settings.token.get_secret_value() or None) if settings.token else None


def pass_key_of(settings: Settings) -> str | None:
    """Give the key that passes are signed with; an empty one is none."""
    return (settings.pass_key.get_secret_value() or None) if settings.pass_key else None


def is_loopback(host: str) -> bool:
    """Does this name or address lead to this machine only?"""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _host_in(netloc: str) -> str:
    try:
        return urlsplit(f"//{netloc}").hostname or ""
    except ValueError:
        return ""


def _is_from_a_page(connection: HTTPConnection) -> bool:
    """Does a browser ask on behalf of a page? Reading does not count: no other page sees the answer."""
    if "origin" not in connection.headers:
        return False
    return connection.scope["type"] == "websocket" or connection.scope["method"] not in READING


def _is_open_path(path: str) -> bool:
    return path in OPEN_PATHS or path.startswith(OPEN_FOLDER)


def _tokens_in(connection: HTTPConnection) -> Iterable[str]:
    """Give the tokens shown. The query string is never looked at: it ends up in logs and histories."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        yield token.strip()
    if COOKIE in connection.cookies:
        yield connection.cookies[COOKIE]
    for offered in connection.scope.get("subprotocols", ()):
        if offered.startswith(BEARER):
            yield offered.removeprefix(BEARER)

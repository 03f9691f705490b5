"""Authentication: bearer tokens, cookies and WebSocket subprotocols, checked with host and origin."""

import hmac
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from graph.access import parse_principal
from store.access.roles import Principal
from transport.auth.jwt import USER_PREFIX, AccessToken, verify_token
from transport.protocol.errors import ApiError, RequestRefused

COOKIE = "querent_token"
SUBPROTOCOL = "querent"
BEARER = "bearer."
COOKIE_MAX_AGE_S = 30 * 24 * 3600
# The operator: sends the static token, or is on this machine when no token is set.
LOCAL_USER = "local"
LOCAL_TOKEN = AccessToken(LOCAL_USER)
# The web UI's own files hold no secrets; the UI asks for the token before it does anything else.
PUBLIC_PATHS = frozenset({"/", "/login", "/healthz", "/favicon.ico"})
PUBLIC_PREFIX = "/page/"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Authenticator:
    """Authentication policy. Without a token and a JWT secret, only requests to localhost are accepted."""

    token: str | None = field(default=None, repr=False)
    origins: frozenset[str] = frozenset()
    jwt_secret: str | None = field(default=None, repr=False)

    def authenticate(self, connection: HTTPConnection) -> AccessToken:
        """Return the access token of a request. Raises `RequestRefused`."""
        headers = connection.headers
        if not self.requires_token and not is_loopback(_hostname(headers.get("host", ""))):
            # DNS rebinding: a foreign page can point its own host name at this machine's address.
            raise RequestRefused("forbidden", "Without a token, only requests to localhost are accepted.")
        if _is_cross_site_risk(connection) and not self._allows_origin(headers):
            raise RequestRefused("forbidden", "Requests from this origin are not allowed.")
        token = self.identify(_credentials(connection))
        if token is None and not _is_public(connection.url.path):
            raise RequestRefused("unauthorized", "Authentication required.")
        return token or LOCAL_TOKEN

    def identify(self, credentials: Iterable[str]) -> AccessToken | None:
        """Return the access token of the first valid credential, compared in constant time; else None."""
        candidates = list(credentials)
        if self.jwt_secret is not None:
            verified = [verify_token(self.jwt_secret, candidate) for candidate in candidates]
            if token := next(filter(None, verified), None):
                return token
        if not self.requires_token:
            return LOCAL_TOKEN
        expected = (self.token or "").encode()
        matches = any([hmac.compare_digest(candidate.encode(), expected) for candidate in candidates])
        return LOCAL_TOKEN if self.token is not None and matches else None

    @property
    def requires_token(self) -> bool:
        """Whether requests need a credential."""
        return self.token is not None or self.jwt_secret is not None

    def _allows_origin(self, headers: Headers) -> bool:
        origin = headers["origin"]
        return origin in self.origins or urlsplit(origin).netloc == headers.get("host")


class AuthenticationMiddleware:
    """ASGI middleware that authenticates every request; it wraps the whole app, so no route can be missed."""

    def __init__(self, app: ASGIApp, authenticator: Authenticator) -> None:
        self._app = app
        self._authenticator = authenticator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Put the access token into the scope, or respond with the reason for refusal."""
        app = self._app
        if scope["type"] in ("http", "websocket"):
            try:
                scope["access_token"] = self._authenticator.authenticate(HTTPConnection(scope))
            except RequestRefused as refusal:
                app = error_response(refusal.error)
        await app(scope, receive, send)


def error_response(error: ApiError) -> Response:
    """Build the HTTP response for an error; it also denies WebSocket handshakes."""
    headers = {"WWW-Authenticate": "Bearer"} if error.code == "unauthorized" else None
    return JSONResponse(error.as_json(), error.status, headers)


def user_of(connection: HTTPConnection) -> str:
    """Return the authenticated user of a request."""
    return access_token_of(connection).user


def access_token_of(connection: HTTPConnection) -> AccessToken:
    """Return the access token that the middleware put into the scope."""
    token = connection.scope["access_token"]
    assert isinstance(token, AccessToken)
    return token


def principal_of(connection: HTTPConnection) -> Principal | None:
    """Return the role and claims of a JWT user; None for the local user."""
    token = access_token_of(connection)
    if token.user == LOCAL_USER:
        return None
    return parse_principal({**token.claims, "user": token.user.removeprefix(USER_PREFIX)})


def negotiate_subprotocol(offered: Iterable[str]) -> str | None:
    """Select the WebSocket subprotocol. Browsers may offer their token as another, which is never echoed."""
    return SUBPROTOCOL if SUBPROTOCOL in offered else None


def set_token_cookie(response: Response, token: str, secure: bool) -> None:
    """Set a cookie with the token that scripts cannot read (HttpOnly)."""
    response.set_cookie(
        COOKIE, token, max_age=COOKIE_MAX_AGE_S, httponly=True, samesite="strict", secure=secure
    )


def is_loopback(host: str) -> bool:
    """Return whether a host name or address can only mean this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _hostname(netloc: str) -> str:
    try:
        return urlsplit(f"//{netloc}").hostname or ""
    except ValueError:
        return ""


def _is_cross_site_risk(connection: HTTPConnection) -> bool:
    """Return whether the origin must be checked: safe methods need no check, as CORS hides the response."""
    if "origin" not in connection.headers:
        return False
    return connection.scope["type"] == "websocket" or connection.scope["method"] not in SAFE_METHODS


def _is_public(path: str) -> bool:
    return path in PUBLIC_PATHS or path.startswith(PUBLIC_PREFIX)


def _credentials(connection: HTTPConnection) -> Iterable[str]:
    """Yield the tokens of a request. The query string is ignored: it ends up in logs and histories."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        yield token.strip()
    if COOKIE in connection.cookies:
        yield connection.cookies[COOKIE]
    for subprotocol in connection.scope.get("subprotocols", ()):
        if subprotocol.startswith(BEARER):
            yield subprotocol.removeprefix(BEARER)

"""ASGI application: all routes of the service behind authentication."""

import asyncio

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.routing import Route, Router, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from graph.compose import Service
from transport.auth.authentication import (
    AuthenticationMiddleware,
    Authenticator,
    error_response,
)
from transport.middleware.body_limit import BodyLimitMiddleware
from transport.middleware.errors import error_middleware, register_error_handlers
from transport.protocol import schema
from transport.protocol.commands import NUL
from transport.protocol.errors import PATH_NOT_FOUND
from transport.realtime.connection_limits import ConnectionLimiter
from transport.realtime.sse import SseEndpoint
from transport.realtime.websocket import WebSocketEndpoint
from transport.rest.commands import CommandsEndpoint
from transport.rest.connections import connection_routes
from transport.rest.runs import run_routes
from transport.rest.schema_sync import schema_sync_routes
from transport.rest.threads import thread_routes
from transport.rest.web_ui import WebUi
from transport.settings import ServerSettings
from transport.version import VERSION

EVENTS = "/threads/{thread_id}/stream/events"
COMMANDS = "/threads/{thread_id}/commands"


def build_app(service: Service, settings: ServerSettings, closing: asyncio.Event | None = None) -> ASGIApp:
    """Build the application. Setting `closing` ends the streams that would otherwise never end."""
    authenticator = authenticator_of(settings)
    middleware = [
        Middleware(AuthenticationMiddleware, authenticator=authenticator),
        Middleware(NulPathMiddleware),
    ]
    closing = closing or asyncio.Event()
    # No Swagger UI: it loads scripts from another host.
    app = FastAPI(
        title="Querent",
        version=VERSION,
        docs_url=None,
        redoc_url=None,
        middleware=[*middleware, Middleware(BodyLimitMiddleware), error_middleware()],
    )
    register_error_handlers(app)
    limiter = ConnectionLimiter(settings.max_connections, settings.max_connections_per_user)
    app.router.routes.extend(
        [
            *WebUi(authenticator).routes(),
            *schema.routes(),
            Route(EVENTS, SseEndpoint(service, closing, limiter).open, methods=["POST"]),
            Route(COMMANDS, CommandsEndpoint(service).post, methods=["POST"]),
        ]
    )
    app.include_router(thread_routes(service))
    app.include_router(run_routes(service))
    app.include_router(connection_routes(service))
    sync_router, sync_streams = schema_sync_routes(service, closing)
    app.include_router(sync_router)
    app.router.routes.extend(route for route in sync_streams if isinstance(route, Route))
    socket_routes = [
        WebSocketRoute(EVENTS, WebSocketEndpoint(service, limiter).open),
        *(route for route in sync_streams if isinstance(route, WebSocketRoute)),
        WebSocketRoute("/{path:path}", _socket_not_found),
    ]
    return ProtocolRouter(Router(socket_routes, middleware=middleware), app)


def authenticator_of(settings: ServerSettings) -> Authenticator:
    """Build the authentication policy from the settings."""
    return Authenticator(settings.bearer_token, frozenset(settings.origins.split()), settings.jwt_key)


async def _socket_not_found(websocket: WebSocket) -> None:
    await websocket.send_denial_response(error_response(PATH_NOT_FOUND))


class ProtocolRouter:
    """ASGI router by protocol: sockets bypass the HTTP layers, which would stay in memory for each socket."""

    def __init__(self, sockets: ASGIApp, requests: ASGIApp) -> None:
        self._sockets = sockets
        self._requests = requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Dispatch a connection by its protocol."""
        app = self._sockets if scope["type"] == "websocket" else self._requests
        await app(scope, receive, send)


class NulPathMiddleware:
    """ASGI middleware that answers 404 for paths that contain NUL."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on unless its path contains NUL."""
        app = error_response(PATH_NOT_FOUND) if NUL in scope.get("path", "") else self._app
        await app(scope, receive, send)

"""Every door of the service, behind one gate."""

import asyncio

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from graph.compose import Service
from graph.settings import Settings
from transport.auth.authentication import Admission, Gate, denial, pass_key_of, token_of
from transport.middleware.body_limit import BoundedBodies
from transport.protocol import schema
from transport.protocol.errors import NOWHERE
from transport.protocol.validation import NUL
from transport.realtime.connection_limits import Crowd
from transport.realtime.sse import EventStream
from transport.realtime.websocket import EventSocket
from transport.rest.commands import CommandPost
from transport.rest.connections import build_connecting
from transport.rest.runs import build_past_runs
from transport.rest.schema_sync import build_syncing
from transport.rest.threads import build_rest
from transport.rest.web_ui import Front
from transport.version import VERSION

EVENTS = "/threads/{thread_id}/stream/events"
COMMANDS = "/threads/{thread_id}/commands"


def build_app(service: Service, closing: asyncio.Event | None = None) -> ASGIApp:
    """Put the doors together. When `closing` is set, streams that would never end do."""
    admission = admission_of(service.settings)
    # No pages for trying out requests: theirs come from another host.
    app = FastAPI(title="Querent", version=VERSION, docs_url=None, redoc_url=None)
    crowd = Crowd(service.settings.sockets_here, service.settings.sockets_per_asker)
    stream = EventStream(service, closing or asyncio.Event(), crowd)
    app.router.routes.extend(
        [
            *Front(admission).routes(),
            *schema.routes(),
            Route(EVENTS, stream.open, methods=["POST"]),
            Route(COMMANDS, CommandPost(service).take, methods=["POST"]),
        ]
    )
    app.include_router(build_rest(service))
    app.include_router(build_past_runs(service))
    app.include_router(build_connecting(service))
    syncing, streams = build_syncing(service, closing or asyncio.Event())
    app.include_router(syncing)
    app.router.routes.extend(route for route in streams if isinstance(route, Route))
    app.add_exception_handler(404, _no_such_place)
    app.add_exception_handler(405, _no_such_place)
    sockets = Router(
        [
            WebSocketRoute(EVENTS, EventSocket(service, crowd).open),
            *(route for route in streams if isinstance(route, WebSocketRoute)),
            WebSocketRoute("/{anywhere:path}", _no_such_socket),
        ]
    )
    return Gate(PlainPaths(ByKind(sockets, BoundedBodies(app))), admission)


def admission_of(settings: Settings) -> Admission:
    """Say what is asked of everybody who comes."""
    return Admission(token_of(settings), frozenset(settings.origins.split()), pass_key_of(settings))


async def _no_such_place(request: Request, error: Exception) -> Response:
    status, headers = (error.status_code, error.headers) if isinstance(error, HTTPException) else (404, None)
    return JSONResponse(NOWHERE.as_json(), status, headers)


async def _no_such_socket(websocket: WebSocket) -> None:
    await websocket.send_denial_response(denial(NOWHERE))


class ByKind:
    """Sends sockets and requests to doors of their own: sockets would hold on to every layer of the other."""

    def __init__(self, sockets: ASGIApp, requests: ASGIApp) -> None:
        self._sockets = sockets
        self._requests = requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what comes."""
        app = self._sockets if scope["type"] == "websocket" else self._requests
        await app(scope, receive, send)


class PlainPaths:
    """Finds nothing at a path that holds it: no name of ours does."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, unless its path is none of ours."""
        app = denial(NOWHERE) if NUL in scope.get("path", "") else self._app
        await app(scope, receive, send)

"""Every door of the service, behind one gate."""

import asyncio

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from graph.compose import Service
from graph.settings import Settings
from transport import describing
from transport.auth import Admission, Gate, denial, pass_key_of, token_of
from transport.bounds import BoundedBodies
from transport.connecting import build_connecting
from transport.crowd import Crowd
from transport.faults import Fault
from transport.front import Front
from transport.past_runs import build_past_runs
from transport.posting import CommandPost
from transport.rest import build_rest
from transport.stream import EventStream
from transport.syncing import build_syncing
from transport.version import VERSION
from transport.websocket import EventSocket

EVENTS = "/threads/{thread_id}/stream/events"
COMMANDS = "/threads/{thread_id}/commands"

NOWHERE = Fault("no_such_place", "There is nothing at this address, or not for this method.")


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
            *describing.routes(),
            WebSocketRoute(EVENTS, EventSocket(service, crowd).open),
            Route(EVENTS, stream.open, methods=["POST"]),
            Route(COMMANDS, CommandPost(service).take, methods=["POST"]),
        ]
    )
    app.include_router(build_rest(service))
    app.include_router(build_past_runs(service))
    app.include_router(build_connecting(service))
    syncing, streams = build_syncing(service, closing or asyncio.Event())
    app.include_router(syncing)
    app.router.routes.extend(streams)
    app.router.routes.append(WebSocketRoute("/{anywhere:path}", _no_such_socket))
    app.add_exception_handler(404, _no_such_place)
    app.add_exception_handler(405, _no_such_place)
    return Gate(BoundedBodies(app), admission)


def admission_of(settings: Settings) -> Admission:
    """Say what is asked of everybody who comes."""
    return Admission(token_of(settings), frozenset(settings.origins.split()), pass_key_of(settings))


async def _no_such_place(request: Request, error: Exception) -> Response:
    status, headers = (error.status_code, error.headers) if isinstance(error, HTTPException) else (404, None)
    return JSONResponse(NOWHERE.as_json(), status, headers)


async def _no_such_socket(websocket: WebSocket) -> None:
    await websocket.send_denial_response(denial(NOWHERE))

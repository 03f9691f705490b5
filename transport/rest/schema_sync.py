"""REST and streaming endpoints for schema syncs: start, status, cancel, progress."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from typing import Any

from fastapi import APIRouter
from fastapi.requests import Request
from pydantic import BaseModel, ConfigDict
from starlette.requests import HTTPConnection
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from graph.compose import Service
from store.maps.syncs import SchemaSync
from transport.auth.authentication import LOCAL_USER, negotiate_subprotocol, user_of
from transport.middleware.errors import prepare_handshake
from transport.protocol.encoding import encode_frame
from transport.protocol.errors import RequestRefused

SYNC = "/databases/{name}/schema/sync"
EVENTS = f"{SYNC}/events"

EVENT_STREAM = "text/event-stream"
CLOSE_NORMAL = 1000
CLOSE_SERVICE_RESTART = 1012


class SyncRequest(BaseModel):
    """Options of a sync; `full` scans unchanged tables too."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    full: bool = False


class SchemaSyncEndpoints:
    """Endpoints for the schema syncs of connections."""

    def __init__(self, service: Service, closing: asyncio.Event) -> None:
        self._service = service
        self._closing = closing

    async def start(self, request: Request, name: str, options: SyncRequest | None = None) -> dict[str, Any]:
        """Queue a sync of a connection's schema map."""
        _require_operator(request)
        return as_json(
            await self._service.admin.schema_sync.request(name, full=bool(options and options.full))
        )

    async def latest(self, request: Request, name: str) -> dict[str, Any]:
        """Return the active sync, or the last one."""
        _require_operator(request)
        return as_json(await self._service.admin.schema_sync.latest(name))

    async def cancel(self, request: Request, name: str) -> dict[str, Any]:
        """Cancel the active sync."""
        _require_operator(request)
        return as_json(await self._service.admin.schema_sync.cancel(name))

    async def stream(self, request: Request) -> Response:
        """Stream the progress of the latest sync until it ends, as server-sent events."""
        sync = await self._latest(request)
        return StreamingResponse(
            self._event_lines(sync), headers={"Cache-Control": "no-store"}, media_type=EVENT_STREAM
        )

    async def socket(self, websocket: WebSocket) -> None:
        """Stream the progress of the latest sync on a WebSocket, and close it when the sync ends."""
        sync = await prepare_handshake(websocket, self._latest(websocket))
        if sync is None:
            return
        await websocket.accept(negotiate_subprotocol(websocket.scope["subprotocols"]))
        with suppress(WebSocketDisconnect):
            async with aclosing(self._follow(sync)) as states:
                async for state in states:
                    await websocket.send_text(encode_frame(as_json(state)))
            await websocket.close(CLOSE_SERVICE_RESTART if self._closing.is_set() else CLOSE_NORMAL)

    async def _latest(self, connection: HTTPConnection) -> SchemaSync:
        _require_operator(connection)
        return await self._service.admin.schema_sync.latest(connection.path_params["name"])

    async def _event_lines(self, sync: SchemaSync) -> AsyncIterator[str]:
        async for state in self._follow(sync):
            yield f"event: sync\ndata: {encode_frame(as_json(state))}\n\n"

    async def _follow(self, sync: SchemaSync) -> AsyncGenerator[SchemaSync, None]:
        async for state in self._service.admin.schema_sync.follow(sync.id):
            yield state
            if self._closing.is_set():
                return


def _require_operator(connection: HTTPConnection) -> None:
    """Refuse all other users: a sync report names tables that a policy may hide from them."""
    if user_of(connection) != LOCAL_USER:
        raise RequestRefused("forbidden", "Only the operator may sync schemas.")


def as_json(sync: SchemaSync) -> dict[str, Any]:
    """Serialize a sync."""
    times = {
        "requested_at": sync.requested_at,
        "started_at": sync.started_at,
        "finished_at": sync.finished_at,
    }
    return {
        "id": str(sync.id),
        "database": sync.connection,
        "full": sync.full,
        "status": sync.status,
        "task": sync.task,
        "done": sync.done,
        "total": sync.total,
        "report": sync.report,
        "error": sync.error,
        **{name: time and time.isoformat() for name, time in times.items()},
    }


def schema_sync_routes(service: Service, closing: asyncio.Event) -> tuple[APIRouter, list[BaseRoute]]:
    """Return the router of the request endpoints, and the routes of the streams."""
    endpoints = SchemaSyncEndpoints(service, closing)
    router = APIRouter()
    router.add_api_route(SYNC, endpoints.start, methods=["POST"], status_code=202)
    router.add_api_route(SYNC, endpoints.latest, methods=["GET"])
    router.add_api_route(SYNC, endpoints.cancel, methods=["DELETE"])
    streams: list[BaseRoute] = [
        Route(EVENTS, endpoints.stream, methods=["GET"]),
        WebSocketRoute(EVENTS, endpoints.socket),
    ]
    return router, streams

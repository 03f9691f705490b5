"""Maps brought up to date by request, and how far that has got."""

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
from store.maps.syncs import Sync
from transport.auth.authentication import ASKER, asker_of, denial, subprotocol_of
from transport.protocol.encoding import as_text
from transport.protocol.errors import Refused, fault_of
from transport.rest.threads import Answered

SYNC = "/databases/{name}/map/sync"
EVENTS = f"{SYNC}/events"

SSE = "text/event-stream"
ENDED = 1000
SERVICE_STOPS = 1012


class Wanted(BaseModel):
    """What kind of sync; `full` looks at everything again."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    full: bool = False


class Syncing:
    """The doors to the syncs of maps."""

    def __init__(self, service: Service, closing: asyncio.Event) -> None:
        self._service = service
        self._closing = closing

    async def ask(self, request: Request, name: str, wanted: Wanted | None = None) -> dict[str, Any]:
        """Have a map brought up to date."""
        _check(request)
        return as_json(await self._service.desk.ask(name, full=bool(wanted and wanted.full)))

    async def latest(self, request: Request, name: str) -> dict[str, Any]:
        """Tell of the sync that is under way, or of the last one."""
        _check(request)
        return as_json(await self._service.desk.latest(name))

    async def cancel(self, request: Request, name: str) -> dict[str, Any]:
        """Stop the one that is under way."""
        _check(request)
        return as_json(await self._service.desk.cancel(name))

    async def stream(self, request: Request) -> Response:
        """Tell of the latest sync until it has ended, as server-sent events."""
        try:
            _check(request)
            sync = await self._service.desk.latest(request.path_params["name"])
        except Exception as error:  # noqa: BLE001 – the one boundary of a request
            return denial(fault_of(error))
        return StreamingResponse(self._lines(sync), headers={"Cache-Control": "no-store"}, media_type=SSE)

    async def socket(self, websocket: WebSocket) -> None:
        """Tell the same on a WebSocket, which is closed at the end."""
        try:
            _check(websocket)
            sync = await self._service.desk.latest(websocket.path_params["name"])
        except Exception as error:  # noqa: BLE001 – the one boundary of a handshake
            await websocket.send_denial_response(denial(fault_of(error)))
            return
        await websocket.accept(subprotocol_of(websocket.scope["subprotocols"]))
        with suppress(WebSocketDisconnect):
            async with aclosing(self._follow(sync)) as told:
                async for each in told:
                    await websocket.send_text(as_text(as_json(each)))
            await websocket.close(SERVICE_STOPS if self._closing.is_set() else ENDED)

    async def _lines(self, sync: Sync) -> AsyncIterator[str]:
        async for each in self._follow(sync):
            yield f"event: sync\ndata: {as_text(as_json(each))}\n\n"

    async def _follow(self, sync: Sync) -> AsyncGenerator[Sync, None]:
        async for each in self._service.desk.follow(sync.id):
            yield each
            if self._closing.is_set():
                return


def _check(connection: HTTPConnection) -> None:
    """Let in who operates the service: a report names tables that a policy may hide from others."""
    if asker_of(connection) != ASKER:
        raise Refused("forbidden", "Only who operates this service may sync its maps.")


def as_json(sync: Sync) -> dict[str, Any]:
    """Give a sync as clients see it."""
    times = {"asked_at": sync.asked_at, "started_at": sync.started_at, "ended_at": sync.ended_at}
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
        **{name: moment and moment.isoformat() for name, moment in times.items()},
    }


def build_syncing(service: Service, closing: asyncio.Event) -> tuple[APIRouter, list[BaseRoute]]:
    """Give the requests that are answered at once, and the streams."""
    syncing = Syncing(service, closing)
    router = APIRouter(route_class=Answered)
    router.add_api_route(SYNC, syncing.ask, methods=["POST"], status_code=202)
    router.add_api_route(SYNC, syncing.latest, methods=["GET"])
    router.add_api_route(SYNC, syncing.cancel, methods=["DELETE"])
    streams: list[BaseRoute] = [
        Route(EVENTS, syncing.stream, methods=["GET"]),
        WebSocketRoute(EVENTS, syncing.socket),
    ]
    return router, streams

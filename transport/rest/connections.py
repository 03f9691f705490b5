"""REST endpoints for database connections: add, change, remove. Hosts are restricted by an allow list."""

from typing import Annotated, Any

from fastapi import APIRouter
from fastapi.requests import Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from graph.admin.connections import NewConnection
from graph.compose import Service
from store.targets.address_input import AddressInput
from transport.auth.authentication import LOCAL_USER, user_of
from transport.protocol.commands import NUL_FREE_PATTERN
from transport.protocol.errors import RequestRefused

DATABASE = "/databases/{name}"


class ConnectionCreate(AddressInput):
    """Connection to add."""

    name: str
    description: Annotated[str, Field(max_length=1_000, pattern=NUL_FREE_PATTERN)] = ""
    share_values: bool = True


class ConnectionUpdate(BaseModel):
    """Changes to a connection."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    share_values: bool


class ConnectionEndpoints:
    """Endpoints that add, change and remove connections."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def add(self, request: Request, body: ConnectionCreate) -> dict[str, Any]:
        """Test a connection, store it, and queue its first schema sync."""
        _require_operator(request)
        added = await self._service.admin.connections.add(
            NewConnection(body.name, body.to_address(restricted=True), body.description, body.share_values)
        )
        return {
            "name": added.connection.name,
            "dialect": added.connection.dialect,
            "description": added.connection.description,
            "tables": added.tables,
            "sync": str(added.sync.id),
        }

    async def change(self, request: Request, name: str, update: ConnectionUpdate) -> dict[str, Any]:
        """Change whether values are shared, and queue a schema sync."""
        _require_operator(request)
        sync = await self._service.admin.connections.set_share_values(name, update.share_values)
        return {"name": name, "share_values": update.share_values, "sync": str(sync.id)}

    async def remove(self, request: Request, name: str) -> Response:
        """Remove a connection and its schema index."""
        _require_operator(request)
        await self._service.admin.connections.remove(name)
        return Response(status_code=204)


def _require_operator(request: Request) -> None:
    """Refuse all other users. The allow list of hosts applies to the operator too."""
    if user_of(request) != LOCAL_USER:
        raise RequestRefused("forbidden", "Only the operator may manage database connections.")


def connection_routes(service: Service) -> APIRouter:
    """Return the routes of the connection endpoints."""
    endpoints = ConnectionEndpoints(service)
    router = APIRouter()
    router.add_api_route("/databases", endpoints.add, methods=["POST"], status_code=201)
    router.add_api_route(DATABASE, endpoints.change, methods=["PATCH"])
    router.add_api_route(DATABASE, endpoints.remove, methods=["DELETE"], status_code=204)
    return router

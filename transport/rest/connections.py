"""Databases connected and forgotten by request: in parts, no URL, and only at hosts that are allowed."""

from typing import Annotated, Any

from fastapi import APIRouter
from fastapi.requests import Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.responses import Response

from graph.compose import Service
from store.errors import BadConnection, NameTaken, TargetUnavailable
from store.targets.address_input import GivenAddress
from transport.auth.authentication import ASKER, asker_of
from transport.protocol.errors import Refused
from transport.protocol.validation import WITHOUT_NUL
from transport.rest.threads import Answered

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,63}$")]
DATABASE = "/databases/{name}"


class Wanted(GivenAddress):
    """A connection that somebody wants."""

    name: Name
    description: Annotated[str, Field(max_length=1_000, pattern=WITHOUT_NUL)] = ""
    values: bool = True


class Changed(BaseModel):
    """What may be changed of a connection."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    values: bool


class Connecting:
    """The doors to connections."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def add(self, request: Request, wanted: Wanted) -> dict[str, Any]:
        """Try a connection, keep it, and have its map drawn."""
        _check(request)
        parts = self._service.parts
        try:
            address = wanted.address(checked=True)
            catalog = await parts.targets.try_out(address)
            added = await parts.connections.add(
                wanted.name, address, wanted.description, tells_values=wanted.values
            )
        except (BadConnection, NameTaken, TargetUnavailable) as error:
            raise Refused("invalid_argument", str(error)) from error
        sync = await self._service.desk.ask(added.name, full=False)
        return {
            "name": added.name,
            "dialect": added.dialect,
            "description": added.description,
            "tables": len(catalog.tables),
            "sync": str(sync.id),
        }

    async def change(self, request: Request, name: str, changed: Changed) -> dict[str, Any]:
        """Say whether values may be told, and have the map drawn again."""
        _check(request)
        await self._service.parts.connections.change(name, tells_values=changed.values)
        sync = await self._service.desk.ask(name, full=False)
        return {"name": name, "values": changed.values, "sync": str(sync.id)}

    async def remove(self, request: Request, name: str) -> Response:
        """Forget a connection with its map."""
        _check(request)
        await self._service.parts.connections.remove(name)
        await self._service.parts.targets.forget(name)
        return Response(status_code=204)


def _check(request: Request) -> None:
    """Let in who operates the service; their hosts are judged all the same."""
    if asker_of(request) != ASKER:
        raise Refused("forbidden", "Only who operates this service may connect databases.")


def build_connecting(service: Service) -> APIRouter:
    """Say which request is answered by what."""
    connecting = Connecting(service)
    router = APIRouter(route_class=Answered)
    router.add_api_route("/databases", connecting.add, methods=["POST"], status_code=201)
    router.add_api_route(DATABASE, connecting.change, methods=["PATCH"])
    router.add_api_route(DATABASE, connecting.remove, methods=["DELETE"], status_code=204)
    return router

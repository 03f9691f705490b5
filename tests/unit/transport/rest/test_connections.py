"""Databases connected by request, before a service of small fakes."""

from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from graph.admin.connections import ConnectionAdmin
from graph.compose import Service
from store.catalog import Catalog
from store.connections.connections import NAME
from store.errors import InvalidConnection, NameTaken, NotFound, TargetUnavailable
from store.targets.address import TargetAddress
from store.targets.host_allowlist import HostAllowlist
from transport.auth.authentication import LOCAL_USER
from transport.auth.jwt import AccessToken
from transport.middleware.errors import error_middleware, register_error_handlers
from transport.rest.connections import connection_routes

SHOP = {"name": "shop", "engine": "mysql", "host": "db.example", "user": "ann", "database": "d"}


class Kept:
    """Connections, targets and schema syncs at once; they only note what they are told."""

    def __init__(self) -> None:
        self.addresses: dict[str, TargetAddress] = {}
        self.share_values = True
        self.hosts = HostAllowlist(
            resolve_host=lambda host, port: ["10.0.0.7" if host == "inside" else "93.184.216.34"]
        )

    async def test_connection(self, address: TargetAddress) -> Catalog:
        if address.restricted:
            self.hosts.resolve(address.host, address.port)
        if address.host == "gone.example":
            raise TargetUnavailable("The database does not respond.")
        return Catalog(address.dialect, ())

    async def add(self, name: str, address: TargetAddress, description: str, *, share_values: bool) -> Any:
        if name in self.addresses:
            raise NameTaken(name)
        if not NAME.fullmatch(name):
            raise InvalidConnection("The name is invalid.")
        self.addresses[name] = address
        self.share_values = share_values
        return SimpleNamespace(name=name, dialect=address.dialect, description=description)

    async def update(self, name: str, *, share_values: bool) -> None:
        if name not in self.addresses:
            raise NotFound("connection", name)
        self.share_values = share_values

    async def remove(self, name: str) -> None:
        del self.addresses[name]

    async def evict(self, name: str) -> None:
        assert name not in self.addresses

    async def request(self, name: str) -> Any:
        return SimpleNamespace(id=uuid4())


@pytest.fixture
def kept() -> Kept:
    return Kept()


class AuthenticationMiddleware:
    """Lets everybody in, under the name that a test gives."""

    def __init__(self, app: ASGIApp, user: str = LOCAL_USER) -> None:
        self.app = app
        self.user = user

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app({**scope, "access_token": AccessToken(self.user)}, receive, send)


@pytest.fixture
def gate(kept: Kept) -> AuthenticationMiddleware:
    fake: Any = kept
    admin = SimpleNamespace(connections=ConnectionAdmin(fake, fake, fake))
    app = FastAPI(middleware=[error_middleware()])
    register_error_handlers(app)
    app.include_router(connection_routes(cast(Service, SimpleNamespace(admin=admin))))
    return AuthenticationMiddleware(app)


@pytest.fixture
def http(gate: AuthenticationMiddleware) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(gate), base_url="http://test")


async def test_a_database_is_connected_in_parts_and_forgotten(http: httpx.AsyncClient, kept: Kept) -> None:
    added = await http.post("/databases", json={**SHOP, "password": "hush", "description": "A shop."})
    assert (added.status_code, added.json()["dialect"], added.json()["tables"]) == (201, "mysql", 0)
    assert "hush" not in added.text
    address = kept.addresses["shop"]
    assert (address.restricted, address.password, address.tls.mode) == (True, "hush", "verify-full")
    assert (await http.delete("/databases/shop")).status_code == 204
    assert kept.addresses == {}


@pytest.mark.parametrize(
    "change",
    [
        {"host": "inside"},
        {"host": "gone.example"},
        {"host": "/var/run"},
        {"engine": "sqlite"},
        {"url": "mysql://ann:hush@127.0.0.1/d"},
        {"options": "x"},
        {"name": "two words"},
        {"role": "reader"},
        {"tls": {"mode": "require", "cert": "-----BEGIN CERTIFICATE-----"}},
    ],
)
async def test_what_strangers_may_not_give_is_refused(
    http: httpx.AsyncClient, kept: Kept, change: dict[str, Any]
) -> None:
    answer = await http.post("/databases", json={**SHOP, **change})
    assert (answer.status_code, kept.addresses) == (422, {})
    assert "hush" not in answer.text


async def test_a_name_can_be_used_once(http: httpx.AsyncClient) -> None:
    await http.post("/databases", json=SHOP)
    assert (await http.post("/databases", json=SHOP)).status_code == 422


async def test_values_are_kept_back_from_the_beginning_or_later(http: httpx.AsyncClient, kept: Kept) -> None:
    await http.post("/databases", json={**SHOP, "share_values": False})
    assert not kept.share_values
    told = await http.patch("/databases/shop", json={"share_values": True})
    assert (told.status_code, told.json()["share_values"], kept.share_values) == (200, True, True)
    assert told.json()["sync"]
    assert (await http.patch("/databases/other", json={"share_values": True})).status_code == 404
    assert (await http.patch("/databases/shop", json={"host": "inside"})).status_code == 422


async def test_only_the_operator_connects(
    http: httpx.AsyncClient, kept: Kept, gate: AuthenticationMiddleware
) -> None:
    gate.user = "ann"
    assert (await http.post("/databases", json=SHOP)).status_code == 403
    assert (await http.patch("/databases/shop", json={"share_values": True})).status_code == 403
    assert (await http.delete("/databases/shop")).status_code == 403
    assert kept.addresses == {}

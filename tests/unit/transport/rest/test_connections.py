"""Databases connected by request, before a service of small fakes."""

from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from graph.compose import Service
from store.catalog import Catalog
from store.errors import NameTaken, NotFound, TargetUnavailable
from store.targets.address import Address
from store.targets.host_allowlist import Hosts
from transport.auth.authentication import ASKER
from transport.auth.jwt import Pass
from transport.rest.connections import build_connecting

SHOP = {"name": "shop", "engine": "mysql", "host": "db.example", "user": "ann", "database": "d"}


class Kept:
    """Connections, targets and the desk at once; they only note what they are told."""

    def __init__(self) -> None:
        self.addresses: dict[str, Address] = {}
        self.tells_values = True
        self.hosts = Hosts(look_up=lambda host, port: ["10.0.0.7" if host == "inside" else "93.184.216.34"])

    async def try_out(self, address: Address) -> Catalog:
        if address.checked:
            self.hosts.pin(address.host, address.port)
        if address.host == "gone.example":
            raise TargetUnavailable("The database does not answer.")
        return Catalog(address.dialect, ())

    async def add(self, name: str, address: Address, description: str, *, tells_values: bool) -> Any:
        if name in self.addresses:
            raise NameTaken(name)
        self.addresses[name] = address
        self.tells_values = tells_values
        return SimpleNamespace(name=name, dialect=address.dialect, description=description)

    async def change(self, name: str, *, tells_values: bool) -> None:
        if name not in self.addresses:
            raise NotFound("connection", name)
        self.tells_values = tells_values

    async def remove(self, name: str) -> None:
        del self.addresses[name]

    async def forget(self, name: str) -> None:
        assert name not in self.addresses

    async def ask(self, name: str, *, full: bool) -> Any:
        return SimpleNamespace(id=uuid4())


@pytest.fixture
def kept() -> Kept:
    return Kept()


class Gate:
    """Lets everybody in, under the name that a test gives."""

    def __init__(self, app: ASGIApp, asker: str = ASKER) -> None:
        self.app = app
        self.asker = asker

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app({**scope, "pass": Pass(self.asker)}, receive, send)


@pytest.fixture
def gate(kept: Kept) -> Gate:
    parts = SimpleNamespace(connections=kept, targets=kept)
    app = FastAPI()
    app.include_router(build_connecting(cast(Service, SimpleNamespace(parts=parts, desk=kept))))
    return Gate(app)


@pytest.fixture
def http(gate: Gate) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(gate), base_url="http://test")


async def test_a_database_is_connected_in_parts_and_forgotten(http: httpx.AsyncClient, kept: Kept) -> None:
    added = await http.post("/databases", json={**SHOP, "password": "hush", "description": "A shop."})
    assert (added.status_code, added.json()["dialect"], added.json()["tables"]) == (201, "mysql", 0)
    assert "hush" not in added.text
    address = kept.addresses["shop"]
    assert (address.checked, address.password, address.tls.mode) == (True, "hush", "verify-full")
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
    await http.post("/databases", json={**SHOP, "values": False})
    assert not kept.tells_values
    told = await http.patch("/databases/shop", json={"values": True})
    assert (told.status_code, told.json()["values"], kept.tells_values) == (200, True, True)
    assert told.json()["sync"]
    assert (await http.patch("/databases/other", json={"values": True})).status_code == 404
    assert (await http.patch("/databases/shop", json={"host": "inside"})).status_code == 422


async def test_only_the_operator_connects(http: httpx.AsyncClient, kept: Kept, gate: Gate) -> None:
    gate.asker = "ann"
    assert (await http.post("/databases", json=SHOP)).status_code == 403
    assert (await http.patch("/databases/shop", json={"values": True})).status_code == 403
    assert (await http.delete("/databases/shop")).status_code == 403
    assert kept.addresses == {}

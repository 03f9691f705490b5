"""Policies checked and put in force."""

from types import SimpleNamespace
from typing import Any

import pytest

from agent.errors import InvalidPolicy
from graph.admin.policies import PolicyAdmin
from graph.errors import InvalidAdminRequest
from store.catalog import Catalog, Column, Table
from store.errors import NotFound

CATALOG = Catalog("sqlite", (Table(None, "pets", (Column("name", "text", "text"),)),))
GOOD = "roles: {default: {tables: [pets]}}"
SLIP = "roles: {default: {tables: [pest]}}"


class World:
    """A connection with its schema, and its policy."""

    def __init__(self) -> None:
        self.body: str | None = None

    async def find(self, name: str) -> Any:
        if name not in ("pets", "policy"):
            raise NotFound("connection", name)
        return SimpleNamespace(body=self.body) if self.body else None

    async def schema(self, name: str) -> Any:
        return SimpleNamespace(catalog=CATALOG)

    async def save(self, name: str, text: str) -> None:
        self.body = text

    async def remove(self, name: str) -> bool:
        was, self.body = self.body, None
        return was is not None


@pytest.fixture
def admin() -> PolicyAdmin:
    fake: Any = World()
    return PolicyAdmin(fake, fake, fake)


async def test_a_policy_is_set_shown_and_removed(admin: PolicyAdmin) -> None:
    assert await admin.set("pets", GOOD, "policy.yaml") == ()
    assert await admin.show("pets") == f"{GOOD}\n"
    assert await admin.remove("pets")
    assert not await admin.remove("pets")
    with pytest.raises(InvalidAdminRequest, match="has no policy"):
        await admin.show("pets")


async def test_a_policy_with_problems_is_set_only_by_force(admin: PolicyAdmin) -> None:
    problems = await admin.set("pets", SLIP, "policy.yaml")
    assert problems == await admin.check("pets", SLIP, "policy.yaml") != ()
    with pytest.raises(InvalidAdminRequest):
        await admin.show("pets")
    await admin.set("pets", SLIP, "policy.yaml", force=True)
    assert await admin.show("pets") == f"{SLIP}\n"


async def test_what_is_no_policy_is_not_set(admin: PolicyAdmin) -> None:
    with pytest.raises(InvalidPolicy):
        await admin.set("pets", "roles: [", "policy.yaml", force=True)
    with pytest.raises(NotFound):
        await admin.set("cars", GOOD, "policy.yaml")

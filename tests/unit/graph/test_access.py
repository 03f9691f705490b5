from datetime import UTC, datetime
from typing import Any, cast

from graph.access import Accesses, read_standing, write_standing
from store.access.roles import NOTHING, Standing
from store.connections.snapshot import KeptPolicy
from store.request_cache import asking_once

BODY = "roles: {default: {tables: [pets]}, seller: {tables: [shops]}}"


class OnePolicy:
    """Policies with one in them."""

    def __init__(self, body: str | None) -> None:
        self.body = body

    async def of(self, connection: str) -> KeptPolicy | None:
        return KeptPolicy(self.body, "pepper", datetime.now(UTC)) if self.body else None


def accesses(policies: OnePolicy) -> Accesses:
    return Accesses(cast(Any, policies), Standing("default", {"region": "EU"}))


async def test_without_a_policy_there_is_no_access() -> None:
    assert await accesses(OnePolicy(None)).of("pets", None) is None


async def test_whoever_has_no_pass_stands_as_the_settings_say() -> None:
    access = await accesses(OnePolicy(BODY)).of("pets", None)
    assert access is not None
    assert (access.role.tables.allow, access.claim("region"), access.salt) == (("pets",), "EU", "pepper")


async def test_a_pass_goes_before_the_settings() -> None:
    access = await accesses(OnePolicy(BODY)).of("pets", Standing("seller", {"shop": 7}))
    assert access is not None
    assert (access.role.tables.allow, access.claim("region"), access.claim("shop")) == (("shops",), None, 7)


async def test_a_changed_policy_is_in_force_at_once() -> None:
    policies = OnePolicy(BODY)
    known = accesses(policies)
    before = await known.of("pets", None)
    policies.body = BODY.replace("pets", "cats")
    after = await known.of("pets", None)
    assert before is not None
    assert after is not None
    assert after.role.tables.allow == ("cats",)
    assert before.identity != after.identity


async def test_a_policy_changed_on_the_way_is_in_force_from_the_next_question_on() -> None:
    policies = OnePolicy(BODY)
    known = accesses(policies)
    with asking_once():
        begun = await known.of("pets", None)
        policies.body = BODY.replace("pets", "cats")
        assert await known.of("pets", None) == begun
    with asking_once():
        after = await known.of("pets", None)
    assert after is not None
    assert after.role.tables.allow == ("cats",)


async def test_a_policy_that_cannot_be_read_shows_nothing() -> None:
    access = await accesses(OnePolicy("roles: [")).of("pets", None)
    assert access is not None
    assert access.role == NOTHING


def test_claims_are_plain_or_lists_of_plain() -> None:
    told = {"role": "seller", "region": "EU", "shops": [1, 2, {}], "deep": {"a": 1}, "none": None, "ok": True}
    standing = read_standing(told)
    assert standing == Standing("seller", {"region": "EU", "shops": (1, 2), "ok": True})
    assert read_standing(write_standing(standing)) == standing


def test_a_role_that_is_no_text_is_none() -> None:
    assert read_standing({"role": 7}).role == "default"
    assert read_standing({}).role == "default"

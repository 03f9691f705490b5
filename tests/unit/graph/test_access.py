from datetime import UTC, date, datetime
from typing import Any, cast

from graph.access import AccessResolver, parse_principal, serialize_principal
from graph.ports import RunConfig
from graph.run_context import RunContextFactory
from store.access.roles import NO_ACCESS, Principal
from store.connections.snapshot import StoredPolicy
from store.request_cache import RequestCache
from store.rows import Limits
from tests.fixtures.scripted_analyst import ScriptedTarget, SingleMapRetriever, judge_in_process

BODY = "roles: {default: {tables: [pets]}, seller: {tables: [shops]}}"


class OnePolicy:
    """Policies with one in them."""

    def __init__(self, body: str | None) -> None:
        self.body = body

    async def find(self, connection: str, cache: RequestCache | None = None) -> StoredPolicy | None:
        return StoredPolicy(self.body, "pepper", datetime.now(UTC)) if self.body else None


def resolver(policies: OnePolicy) -> AccessResolver:
    return AccessResolver(cast(Any, policies), Principal("default", {"region": "EU"}))


async def test_without_a_policy_there_is_no_access() -> None:
    assert await resolver(OnePolicy(None)).resolve("pets", None) is None


async def test_whoever_has_no_pass_stands_as_the_settings_say() -> None:
    access = await resolver(OnePolicy(BODY)).resolve("pets", None)
    assert access is not None
    assert (access.role.tables.allow, access.claim("region"), access.salt) == (("pets",), "EU", "pepper")


async def test_a_pass_goes_before_the_settings() -> None:
    access = await resolver(OnePolicy(BODY)).resolve("pets", Principal("seller", {"shop": 7}))
    assert access is not None
    assert (access.role.tables.allow, access.claim("region"), access.claim("shop")) == (("shops",), None, 7)


async def test_a_changed_policy_is_in_force_at_once() -> None:
    policies = OnePolicy(BODY)
    known = resolver(policies)
    before = await known.resolve("pets", None)
    policies.body = BODY.replace("pets", "cats")
    after = await known.resolve("pets", None)
    assert before is not None
    assert after is not None
    assert after.role.tables.allow == ("cats",)
    assert before.identity != after.identity


async def test_a_policy_changed_on_the_way_is_in_force_from_the_next_question_on() -> None:
    policies = OnePolicy(BODY)
    known = resolver(policies)
    contexts = RunContextFactory(
        SingleMapRetriever(), ScriptedTarget(), judge_in_process, RunConfig(Limits()), date.today, known
    )
    run = await contexts.create("pets", None, lambda event: None)
    policies.body = BODY.replace("pets", "cats")
    assert run.access is not None
    assert run.access.role.tables.allow == ("pets",)
    after = await known.resolve("pets", None)
    assert after is not None
    assert after.role.tables.allow == ("cats",)


async def test_a_policy_that_cannot_be_read_shows_nothing() -> None:
    access = await resolver(OnePolicy("roles: [")).resolve("pets", None)
    assert access is not None
    assert access.role == NO_ACCESS


def test_claims_are_plain_or_lists_of_plain() -> None:
    told = {"role": "seller", "region": "EU", "shops": [1, 2, {}], "deep": {"a": 1}, "none": None, "ok": True}
    principal = parse_principal(told)
    assert principal == Principal("seller", {"region": "EU", "shops": (1, 2), "ok": True})
    assert parse_principal(serialize_principal(principal)) == principal


def test_a_role_that_is_no_text_is_none() -> None:
    assert parse_principal({"role": 7}).role == "default"
    assert parse_principal({}).role == "default"

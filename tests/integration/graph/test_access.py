"""Runs under a policy: what somebody may see goes with their question, and changes when the policy does."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from graph.compose import Service
from store.access.approved_query import Approved, bind_values
from store.access.roles import Principal
from store.database import Database
from store.request_cache import RequestCache
from store.rows import Limits, Rows
from tests.fixtures.runner import events_until_end
from tests.fixtures.scripted_analyst import ScriptedTarget
from tests.fixtures.scripted_service import PausableAnalyst, open_scripted_service

RULED = "roles: {default: {rows: [{tables: pets, where: 'id = :claim.pet'}]}, vet: {max_rows: 7}}"


@dataclass
class Keeping(ScriptedTarget):
    """Keeps all that it is given."""

    given: list[tuple[str, tuple[Any, ...], int]] = field(default_factory=list)

    async def open(self, name: str, cache: RequestCache | None = None) -> "Keeping":
        return self

    async def run(self, approved: Approved, limits: Limits) -> Rows:
        self.given.append((approved.sql, bind_values(approved), limits.rows))
        return await super().run(approved, limits)


async def begin(service: Service) -> UUID:
    return (await service.conversations.create("me", "pets")).id


async def ask(service: Service, here: UUID, principal: Principal | None) -> dict[str, Any]:
    """Ask, and give the evidence; an empty one where nothing was approved."""
    since = await service.runner.last_seq(here)
    await service.runner.start("me", here, "Which pets?", principal=principal)
    events = await events_until_end(service.runner, here, since)
    told: dict[str, Any] = next(event.payload for event in events if event.name == "evidence")
    return told


async def test_a_policy_holds_from_the_next_question_on_and_no_longer_than_it_is_kept(
    database: Database,
) -> None:
    target = Keeping()
    async with open_scripted_service(database, PausableAnalyst(), target, claims={"pet": 3}) as service:
        here = await begin(service)
        before = await ask(service, here, None)
        await service.components.policies.save("pets", RULED)
        ruled = await ask(service, here, None)
        await service.components.policies.remove("pets")
        after = await ask(service, here, None)

    assert [values for _, values, _ in target.given] == [(), (3,), ()]
    assert [bool(each["policy"]) for each in (before, ruled, after)] == [False, True, False]
    assert before["sql"] == ruled["sql"] == "SELECT name FROM pets"


async def test_claims_and_roles_of_a_pass_go_before_the_settings(database: Database) -> None:
    target = Keeping()
    async with open_scripted_service(database, PausableAnalyst(), target, claims={"pet": 3}) as service:
        here = await begin(service)
        await service.components.policies.save("pets", RULED)
        await ask(service, here, Principal("default", {"pet": 5}))
        await ask(service, here, Principal("vet"))
        await ask(service, here, None)

    assert [(values, most) for _, values, most in target.given] == [((5,), 1_000), ((), 7), ((3,), 1_000)]


async def test_without_the_claim_nothing_runs(database: Database) -> None:
    target = Keeping()
    async with open_scripted_service(database, PausableAnalyst(), target) as service:
        here = await begin(service)
        await service.components.policies.save("pets", RULED)
        evidence = await ask(service, here, None)
    assert (target.given, evidence["outcome"], evidence["sql"]) == ([], "failed", None)

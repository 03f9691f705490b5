from dataclasses import dataclass
from typing import Any

import pytest

from agent.analyst import Draft, Setback
from graph.ports import RunConfig
from graph.steps.candidates_vote import Candidate
from graph.steps.scoped_database import ALWAYS, COSTLY, ScopedDatabase, approval_request_for
from store.access.approved_query import Approved
from store.access.roles import Access, Approval, NameFilter, Role, RowRule
from store.request_cache import RequestCache
from store.rows import Limits
from store.targets.target import Estimate
from tests.fixtures.scripted_analyst import ScriptedTarget, SingleMapRetriever, judge_in_process

ALL = Draft(sql="SELECT name FROM pets")


@dataclass
class Expecting(ScriptedTarget):
    """Expects a query to do some work."""

    rows: int | None = 100
    cost: float | None = 10.0

    async def open(self, name: str, cache: RequestCache | None = None) -> "Expecting":
        return self

    async def explain(self, approved: Approved) -> Estimate:
        return Estimate(self.rows, self.cost)


def scoped(role: Role | None, target: Expecting | None = None, **settings: Any) -> ScopedDatabase:
    access = None if role is None else Access(role, (("pet", 1),))
    config = RunConfig(limits=Limits(rows=50), **settings)
    return ScopedDatabase(
        "pets", access, SingleMapRetriever(), target or Expecting(), judge_in_process, config
    )


async def test_rules_are_in_what_is_checked() -> None:
    candidate = await scoped(Role(rows=(RowRule(("pets",), "id = :claim.pet"),))).check(ALL)
    assert isinstance(candidate, Candidate)
    assert [each.value for each in candidate.approved.parameters] == [1]
    assert candidate.approved.display_sql == ALL.sql


async def test_what_is_hidden_is_rejected_and_not_on_the_map() -> None:
    blind = scoped(Role(tables=NameFilter(hide=("pets",))))
    refused = await blind.check(ALL)
    assert isinstance(refused, Setback)
    assert refused.kind == "rejected"
    assert (await blind.schema()).catalog.tables == ()
    assert (await blind.retrieve("pets?")).documents == ()


def test_the_smaller_cap_counts() -> None:
    assert scoped(None).limits.rows == 50
    assert scoped(Role(max_rows=10)).limits.rows == 10
    assert scoped(Role(max_rows=1_000)).limits.rows == 50


@pytest.mark.parametrize("role", [Role(max_estimated_rows=99), Role(max_estimated_cost=9.5)])
async def test_what_costs_too_much_is_rejected(role: Role) -> None:
    refused = await scoped(role).check(ALL)
    assert isinstance(refused, Setback)
    assert "more work" in refused.reason
    assert "100" not in refused.reason


@pytest.mark.parametrize("role", [Role(max_estimated_rows=100), Role(max_estimated_cost=10), Role()])
async def test_what_costs_little_is_let_through_unasked(role: Role) -> None:
    candidate = await scoped(role).check(ALL)
    assert isinstance(candidate, Candidate)
    assert candidate.approval_reason is None


async def test_what_the_engine_does_not_tell_is_little() -> None:
    silent = Expecting(rows=None, cost=None)
    assert isinstance(await scoped(Role(max_estimated_rows=1), silent).check(ALL), Candidate)


@pytest.mark.parametrize(
    ("approve", "most", "ask"),
    [
        ("above_estimate", 99, COSTLY),
        ("above_estimate", 101, None),
        ("always", 99, COSTLY),
        ("always", None, ALWAYS),
        ("never", None, None),
    ],
)
async def test_a_person_is_asked_as_the_role_says(
    approve: Approval, most: float | None, ask: str | None
) -> None:
    candidate = await scoped(Role(max_estimated_rows=most, approve=approve)).check(ALL)
    assert isinstance(candidate, Candidate)
    assert candidate.approval_reason == ask


@pytest.mark.parametrize(
    ("reason", "kind"), [(COSTLY, "cost"), (ALWAYS, "approve"), ("It was edited.", "approve")]
)
async def test_what_is_dear_is_asked_about_with_a_warning(reason: str, kind: str) -> None:
    candidate = await scoped(Role(max_estimated_rows=99, approve="above_estimate")).check(ALL)
    assert isinstance(candidate, Candidate)
    asked = approval_request_for(candidate, reason)
    assert (asked["kind"], asked["default"]) == (kind, {"decision": "refuse"})
    assert "100" not in str(asked)


async def test_the_operator_can_ask_for_more_than_the_role_but_not_for_less() -> None:
    strict = await scoped(Role(), approve="always").check(ALL)
    everybody = await scoped(None, approve="always").check(ALL)
    assert isinstance(strict, Candidate)
    assert isinstance(everybody, Candidate)
    assert strict.approval_reason == everybody.approval_reason == ALWAYS

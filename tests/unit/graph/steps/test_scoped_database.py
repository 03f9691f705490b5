from dataclasses import dataclass
from typing import Any

import pytest

from agent.analyst import Draft, Setback
from graph.ports import Policy
from graph.steps.candidates_vote import Ballot
from graph.steps.scoped_database import ALWAYS, COSTLY, Allowance, request_of
from store.access.approved_query import Approved
from store.access.roles import Access, Approval, Choice, Role, RowRule
from store.rows import Limits
from store.targets.target import Estimate
from tests.fakes import OneMap, ScriptedTarget, judged

ALL = Draft(sql="SELECT name FROM pets")


@dataclass
class Expecting(ScriptedTarget):
    """Expects a query to do some work."""

    rows: int | None = 100
    cost: float | None = 10.0

    async def of(self, name: str) -> "Expecting":
        return self

    async def explain(self, approved: Approved) -> Estimate:
        return Estimate(self.rows, self.cost)


def allowance(role: Role | None, target: Expecting | None = None, **policy: Any) -> Allowance:
    access = None if role is None else Access(role, (("pet", 1),))
    decided = Policy(limits=Limits(rows=50), **policy)
    return Allowance("pets", access, OneMap(), target or Expecting(), judged, decided)


async def test_rules_are_in_what_is_checked() -> None:
    ballot = await allowance(Role(rows=(RowRule(("pets",), "id = :claim.pet"),))).check(ALL)
    assert isinstance(ballot, Ballot)
    assert [each.value for each in ballot.approved.parameters] == [1]
    assert ballot.approved.shown_sql == ALL.sql


async def test_what_is_hidden_is_rejected_and_not_on_the_map() -> None:
    blind = allowance(Role(tables=Choice(hide=("pets",))))
    refused = await blind.check(ALL)
    assert isinstance(refused, Setback)
    assert refused.kind == "rejected"
    assert (await blind.schema()).catalog.tables == ()
    assert (await blind.find("pets?")).pages == ()


def test_the_smaller_cap_counts() -> None:
    assert allowance(None).limits.rows == 50
    assert allowance(Role(max_rows=10)).limits.rows == 10
    assert allowance(Role(max_rows=1_000)).limits.rows == 50


@pytest.mark.parametrize("role", [Role(most_planned_rows=99), Role(most_planned_cost=9.5)])
async def test_what_costs_too_much_is_rejected(role: Role) -> None:
    refused = await allowance(role).check(ALL)
    assert isinstance(refused, Setback)
    assert "more work" in refused.reason
    assert "100" not in refused.reason


@pytest.mark.parametrize("role", [Role(most_planned_rows=100), Role(most_planned_cost=10), Role()])
async def test_what_costs_little_is_let_through_unasked(role: Role) -> None:
    ballot = await allowance(role).check(ALL)
    assert isinstance(ballot, Ballot)
    assert ballot.ask is None


async def test_what_the_engine_does_not_tell_is_little() -> None:
    silent = Expecting(rows=None, cost=None)
    assert isinstance(await allowance(Role(most_planned_rows=1), silent).check(ALL), Ballot)


@pytest.mark.parametrize(
    ("approve", "most", "ask"),
    [
        ("above_cost", 99, COSTLY),
        ("above_cost", 101, None),
        ("always", 99, COSTLY),
        ("always", None, ALWAYS),
        ("never", None, None),
    ],
)
async def test_a_person_is_asked_as_the_role_says(
    approve: Approval, most: float | None, ask: str | None
) -> None:
    ballot = await allowance(Role(most_planned_rows=most, approve=approve)).check(ALL)
    assert isinstance(ballot, Ballot)
    assert ballot.ask == ask


@pytest.mark.parametrize(
    ("reason", "kind"), [(COSTLY, "cost"), (ALWAYS, "approve"), ("It was edited.", "approve")]
)
async def test_what_is_dear_is_asked_about_with_a_warning(reason: str, kind: str) -> None:
    ballot = await allowance(Role(most_planned_rows=99, approve="above_cost")).check(ALL)
    assert isinstance(ballot, Ballot)
    asked = request_of(ballot, reason)
    assert (asked["kind"], asked["default"]) == (kind, {"decision": "refuse"})
    assert "100" not in str(asked)


async def test_the_operator_can_ask_for_more_than_the_role_but_not_for_less() -> None:
    strict = await allowance(Role(), approve="always").check(ALL)
    everybody = await allowance(None, approve="always").check(ALL)
    assert isinstance(strict, Ballot)
    assert isinstance(everybody, Ballot)
    assert strict.ask == everybody.ask == ALWAYS

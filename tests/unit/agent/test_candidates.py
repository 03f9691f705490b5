"""Hard questions get several drafts, easy ones one."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from agent.analyst import Draft, DraftContext, Intent, Setback, Strategy
from agent.candidates import generate_candidates, is_hard
from agent.errors import AnalystError, AnalystUnavailable, InvalidModelOutput
from tests.fixtures.llm.contexts import draft_context
from tests.fixtures.scripted_analyst import ScriptedAnalyst

HARD = Intent("data", "Which city has the most of them?", plan=("count by city", "take the largest"))


@dataclass
class Framed(ScriptedAnalyst):
    """Gives for each frame what is laid down for it."""

    strategies: tuple[Strategy, ...] = ("direct", "divide", "plan")
    given: dict[Strategy, Draft | Intent | AnalystError] = field(default_factory=dict)

    async def draft(self, task: DraftContext) -> Draft | Intent:
        self.draft_contexts.append(task)
        given = self.given.get(task.strategy, Draft(f"SELECT '{task.strategy}'"))
        if isinstance(given, AnalystError):
            raise given
        return given


async def queries(analyst: Framed, given: DraftContext, most: int = 3) -> Sequence[str]:
    drafts = await generate_candidates(analyst, given, most)
    assert not isinstance(drafts, Intent)
    return [draft.sql for draft in drafts]


async def test_an_easy_question_gets_one_draft() -> None:
    assert await queries(Framed(), draft_context()) == ["SELECT 'direct'"]


@pytest.mark.parametrize("changed", [{"intent": HARD}, {"setbacks": (Setback("syntax", "SELEC", "?"),)}])
async def test_a_hard_question_gets_a_draft_in_each_frame(changed: Any) -> None:
    given = draft_context(**changed) if "intent" in changed else draft_context(*changed["setbacks"])
    assert is_hard(given)
    assert await queries(Framed(), given) == ["SELECT 'direct'", "SELECT 'divide'", "SELECT 'plan'"]


async def test_a_draft_that_doubts_itself_gets_rivals() -> None:
    unsure = Framed(given={"direct": Draft("SELECT 1", confidence=0.3)})
    assert await queries(unsure, draft_context()) == ["SELECT 1", "SELECT 'divide'", "SELECT 'plan'"]


async def test_no_more_drafts_are_written_than_wanted() -> None:
    assert await queries(Framed(), replace(draft_context(), intent=HARD), most=2) == [
        "SELECT 'direct'",
        "SELECT 'divide'",
    ]
    assert await queries(Framed(), replace(draft_context(), intent=HARD), most=1) == ["SELECT 'direct'"]


@pytest.mark.parametrize("given", [AnalystUnavailable("away"), Intent("unclear", "?")])
async def test_a_rival_that_fails_or_asks_back_costs_a_vote_and_no_more(given: Any) -> None:
    analyst = Framed(given={"divide": given})
    assert await queries(analyst, replace(draft_context(), intent=HARD)) == [
        "SELECT 'direct'",
        "SELECT 'plan'",
    ]


async def test_the_first_draft_decides_whether_to_ask_back() -> None:
    unclear = Intent("unclear", "?")
    assert (
        await generate_candidates(Framed(given={"direct": unclear}), replace(draft_context(), intent=HARD), 3)
        == unclear
    )


async def test_the_first_drafts_fault_is_raised_as_itself() -> None:
    broken = Framed(given={"direct": InvalidModelOutput("nonsense")})
    with pytest.raises(InvalidModelOutput):
        await generate_candidates(broken, replace(draft_context(), intent=HARD), 3)

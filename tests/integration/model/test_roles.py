"""Models by role, within a budget, in several frames; and nothing of rows where none may leave."""

from dataclasses import replace

import pytest

from agent.analyst import Draft, Memory, Setback
from agent.errors import BudgetSpent
from agent.llm.analyst import ModelAnalyst
from agent.llm.budget import Budget, Purse, paying_from
from agent.llm.chat_models import open_model
from agent.llm.options import Manner
from agent.llm.output_schemas import Understanding, Writing
from tests.integration.model.conftest import QUICK
from tests.model_world import MEMORY, SCHEMA, TODAY, story, task
from tests.stub_model import StubModel, form, words

SQL = "SELECT count(*) AS customers FROM customers WHERE city = 'Berlin'"


async def test_a_small_model_understands_and_the_large_one_drafts(stub: StubModel) -> None:
    stub.replies += [form(kind="data", question="q"), form(sql=SQL), words("Twelve.")]
    async with (
        open_model("large", stub.url, None, 2.0) as large,
        open_model("small", stub.url, None, 2.0) as small,
    ):
        analyst = ModelAnalyst(large, "large", QUICK, (small, "small"))
        await analyst.understand("q", MEMORY, SCHEMA, TODAY)
        await analyst.draft(task())
        [piece async for piece in analyst.narrate(story())]
    assert [request["model"] for request in stub.requests] == ["small", "large", "large"]


async def test_a_spent_budget_ends_the_calls(stub: StubModel, analyst: ModelAnalyst) -> None:
    stub.replies.append(form(kind="data", question="q"))
    with paying_from(Purse(Budget(tokens=10))):
        await analyst.understand("q", MEMORY, SCHEMA, TODAY)
        with pytest.raises(BudgetSpent):
            await analyst.draft(task())
        with pytest.raises(BudgetSpent):
            [piece async for piece in analyst.narrate(story())]
    assert len(stub.requests) == 1


async def test_each_frame_asks_in_its_own_way(stub: StubModel, analyst: ModelAnalyst) -> None:
    stub.replies += [form(sql=SQL)] * 3
    drafts = [await analyst.draft(replace(task(), frame=frame)) for frame in analyst.frames]
    assert len(set(stub.prompts())) == 3
    assert len({draft.prompt for draft in drafts if isinstance(draft, Draft)}) == 3


async def test_no_row_leaves_where_none_may(stub: StubModel) -> None:
    stub.replies += [form(kind="data", question="q"), form(sql=SQL)]
    setback = Setback("type_mismatch", "SELECT 1", "invalid number: salary 90000")
    async with open_model("stub", stub.url, None, 2.0) as model:
        analyst = ModelAnalyst(model, "stub", Manner(timeout_s=2.0, rows_to_model=False))
        await analyst.understand("q", MEMORY, SCHEMA, TODAY)
        await analyst.draft(task(setback))
        told = "".join([piece async for piece in analyst.narrate(story())])
    assert told == "customers: 12"
    sent = "\n".join(stub.prompts())
    assert len(stub.requests) == 2
    assert "There are 12." not in sent
    assert "90000" not in sent


async def test_a_conversation_that_begins_gets_a_title(stub: StubModel, analyst: ModelAnalyst) -> None:
    stub.replies += [form(kind="data", question="q", title=' "Orders of\nJune." ')] * 2
    first = await analyst.understand("q", Memory(), SCHEMA, TODAY)
    later = await analyst.understand("q", MEMORY, SCHEMA, TODAY)
    assert (first.title, later.title) == ("Orders of June", None)


async def test_warming_up_sends_nothing_and_spares_the_first_question(
    stub: StubModel, analyst: ModelAnalyst
) -> None:
    analyst.warm()
    assert stub.requests == []
    assert analyst._forms._bound.keys() == {("json_schema", Understanding), ("json_schema", Writing)}

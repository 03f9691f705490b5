"""Models by role, budgets, prompting strategies, and result rows withheld from models."""

from dataclasses import replace

import pytest

from agent.analyst import Draft, Memory, Setback
from agent.errors import BudgetExceeded
from agent.llm.analyst import ModelAnalyst
from agent.llm.budget import BudgetLimits, LlmBudget
from agent.llm.chat_models import open_model
from agent.llm.options import LlmOptions
from agent.llm.output_schemas import DraftOutput, IntentOutput
from tests.fixtures.llm.contexts import MEMORY, SCHEMA, TODAY, answer_context, draft_context
from tests.fixtures.llm.stub_server import StubServer, form_reply, text_reply
from tests.integration.model.conftest import QUICK

SQL = "SELECT count(*) AS customers FROM customers WHERE city = 'Berlin'"


async def test_a_small_model_understands_and_the_large_one_drafts(stub: StubServer) -> None:
    stub.replies += [form_reply(kind="data", question="q"), form_reply(sql=SQL), text_reply("Twelve.")]
    async with (
        open_model("large", stub.url, None, 2.0) as large,
        open_model("small", stub.url, None, 2.0) as small,
    ):
        analyst = ModelAnalyst(large, "large", QUICK, (small, "small"))
        await analyst.understand("q", MEMORY, SCHEMA, TODAY, LlmBudget())
        await analyst.draft(draft_context())
        [piece async for piece in analyst.narrate(answer_context())]
    assert [request["model"] for request in stub.requests] == ["small", "large", "large"]


async def test_a_spent_budget_ends_the_calls(stub: StubServer, analyst: ModelAnalyst) -> None:
    stub.replies.append(form_reply(kind="data", question="q"))
    budget = LlmBudget(BudgetLimits(max_tokens=10))
    await analyst.understand("q", MEMORY, SCHEMA, TODAY, budget)
    with pytest.raises(BudgetExceeded):
        await analyst.draft(replace(draft_context(), budget=budget))
    with pytest.raises(BudgetExceeded):
        [piece async for piece in analyst.narrate(replace(answer_context(), budget=budget))]
    assert len(stub.requests) == 1


async def test_each_frame_asks_in_its_own_way(stub: StubServer, analyst: ModelAnalyst) -> None:
    stub.replies += [form_reply(sql=SQL)] * 3
    drafts = [
        await analyst.draft(replace(draft_context(), strategy=strategy)) for strategy in analyst.strategies
    ]
    assert len(set(stub.prompts())) == 3
    assert len({draft.prompt_version for draft in drafts if isinstance(draft, Draft)}) == 3


async def test_no_row_leaves_where_none_may(stub: StubServer) -> None:
    stub.replies += [form_reply(kind="data", question="q"), form_reply(sql=SQL)]
    setback = Setback("type_mismatch", "SELECT 1", "invalid number: salary 90000")
    async with open_model("stub", stub.url, None, 2.0) as model:
        analyst = ModelAnalyst(model, "stub", LlmOptions(timeout_s=2.0, rows_to_model=False))
        await analyst.understand("q", MEMORY, SCHEMA, TODAY, LlmBudget())
        await analyst.draft(draft_context(setback))
        prompt = "".join([piece async for piece in analyst.narrate(answer_context())])
    assert prompt == "customers: 12"
    requests = "\n".join(stub.prompts())
    assert len(stub.requests) == 2
    assert "There are 12." not in requests
    assert "90000" not in requests


async def test_a_conversation_that_begins_gets_a_title(stub: StubServer, analyst: ModelAnalyst) -> None:
    stub.replies += [form_reply(kind="data", question="q", title=' "Orders of\nJune." ')] * 2
    first = await analyst.understand("q", Memory(), SCHEMA, TODAY, LlmBudget())
    later = await analyst.understand("q", MEMORY, SCHEMA, TODAY, LlmBudget())
    assert (first.title, later.title) == ("Orders of June", None)


async def test_warming_up_sends_nothing_and_spares_the_first_question(
    stub: StubServer, analyst: ModelAnalyst
) -> None:
    analyst.warm()
    assert stub.requests == []
    assert analyst._drafting._calls.keys() == {("json_schema", IntentOutput), ("json_schema", DraftOutput)}

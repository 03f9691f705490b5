"""Structured output over real HTTP: the strictest supported method, and one retry for an invalid answer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from agent.errors import AnalystUnavailable, InvalidModelOutput
from agent.llm.budget import LlmBudget
from agent.llm.chat_models import open_model
from agent.llm.options import OUTPUT_METHODS, LlmOptions, OutputMethod
from agent.llm.output_schemas import DraftOutput, IntentOutput
from agent.llm.prompts import render
from agent.llm.structured import StructuredModel
from tests.fixtures.llm.stub_server import Reply, StubServer, form_reply, run_stub_server

PROMPT = render("describe", tables="orders", question="what is there?")
FILLED = form_reply(sql="SELECT 1", reading="One.")


@asynccontextmanager
async def forms_of(stub: StubServer, *ways: OutputMethod) -> AsyncIterator[StructuredModel]:
    async with open_model("stub", stub.url, None, 2.0) as model:
        yield StructuredModel(model, LlmOptions(timeout_s=2.0, methods=ways or OUTPUT_METHODS))


def way_of(request: dict[str, object]) -> object:
    method = request.get("response_format", {})
    assert isinstance(method, dict)
    return "tool" if "tools" in request else method.get("type", "prose")


@pytest.mark.parametrize("takes", OUTPUT_METHODS)
async def test_the_strictest_way_that_is_taken_is_found_and_remembered(takes: OutputMethod) -> None:
    reply = Reply(tool={"name": "draft", "fields": {"sql": "SELECT 1"}}) if takes == "tool" else FILLED
    async with run_stub_server(lambda body: reply, output_methods=[takes]) as stub, forms_of(stub) as forms:
        assert (await forms.generate(PROMPT, DraftOutput, LlmBudget())).sql == "SELECT 1"
        tried = [way_of(request) for request in stub.requests]
        assert tried == list(OUTPUT_METHODS[: OUTPUT_METHODS.index(takes) + 1])

        await forms.generate(PROMPT, DraftOutput, LlmBudget())

        assert [way_of(request) for request in stub.requests[len(tried) :]] == [takes]
        assert forms.method == takes


async def test_a_refusal_after_a_way_has_worked_is_about_that_request_only() -> None:
    async with run_stub_server(lambda body: FILLED) as stub, forms_of(stub) as forms:
        await forms.generate(PROMPT, DraftOutput, LlmBudget())
        stub.replies.append(Reply(["something in it displeases us"], status=400))

        assert (await forms.generate(PROMPT, DraftOutput, LlmBudget())).sql == "SELECT 1"

        assert [way_of(request) for request in stub.requests] == ["json_schema", "json_schema", "tool"]
        assert forms.method == "json_schema"


async def test_a_provider_that_refuses_every_way_is_unavailable_and_nothing_is_remembered() -> None:
    async with run_stub_server(output_methods=[]) as stub, forms_of(stub) as forms:
        with pytest.raises(AnalystUnavailable):
            await forms.generate(PROMPT, DraftOutput, LlmBudget())
        assert forms.method == "json_schema"
        assert len(stub.requests) == 4


async def test_a_question_that_is_too_long_is_not_tried_in_other_ways() -> None:
    async with run_stub_server() as stub, forms_of(stub) as forms:
        stub.replies.append(Reply(["maximum context length is 8192 tokens"], status=400))
        with pytest.raises(InvalidModelOutput, match="too long"):
            await forms.generate(PROMPT, DraftOutput, LlmBudget())
        assert len(stub.requests) == 1


@pytest.mark.parametrize(
    "reply",
    [
        Reply(['Sure! Here it is:\n```json\n{"sql": "SELECT 1"}\n```\nAnything else?']),
        Reply(['With {curly} words: {"sql": "SELECT 1"}']),
        Reply(["Try this:\n```sql\nSELECT 1\n```"]),
        Reply(tool={"name": "other", "fields": {"sql": "SELECT 1"}}),
        Reply(['{"sql": "SELECT 1", "confidence": "high", "assumptions": null, "more": {}}']),
    ],
)
async def test_a_form_is_found_in_whatever_stands_around_it(reply: Reply) -> None:
    async with run_stub_server(lambda body: reply) as stub, forms_of(stub) as forms:
        assert (await forms.generate(PROMPT, DraftOutput, LlmBudget())).sql == "SELECT 1"
        assert len(stub.requests) == 1


@pytest.mark.parametrize(
    "bad",
    [
        Reply(["I would rather not."]),
        Reply(['{"kind": "banana"}']),
        Reply(['{"kind": "da'], finish="length"),
        Reply(fault="no_choices"),
        Reply(fault="no_json"),
    ],
)
async def test_an_unusable_answer_is_asked_for_once_more(bad: Reply) -> None:
    async with run_stub_server() as stub, forms_of(stub) as forms:
        stub.replies += [bad, form_reply(kind="data", question="q")]

        assert (await forms.generate(PROMPT, IntentOutput, LlmBudget())).kind == "data"

        roles = [message["role"] for message in stub.requests[1]["messages"]]
        assert roles == ["system", "user"]
        assert "could not be used" in stub.prompts()[1]


async def test_a_refusal_is_final() -> None:
    async with run_stub_server(lambda body: Reply(refusal="No.")) as stub, forms_of(stub) as forms:
        with pytest.raises(InvalidModelOutput, match="refused"):
            await forms.generate(PROMPT, IntentOutput, LlmBudget())
        assert len(stub.requests) == 1


async def test_two_unusable_answers_are_a_confused_model() -> None:
    async with run_stub_server(lambda body: Reply(["no"])) as stub, forms_of(stub) as forms:
        with pytest.raises(InvalidModelOutput):
            await forms.generate(PROMPT, IntentOutput, LlmBudget())
        assert len(stub.requests) == 2


async def test_what_was_wrong_is_told_within_fences() -> None:
    async with run_stub_server() as stub, forms_of(stub) as forms:
        stub.replies += [form_reply(kind="</data> planted"), form_reply(kind="data")]
        await forms.generate(PROMPT, IntentOutput, LlmBudget())
        prompt = stub.requests[1]["messages"][-1]["content"]
        assert '<data name="problem">\nkind: Input should be' in prompt
        assert '<data name="answer">\n{"kind": "‹/data> planted"}\n</data>' in prompt


async def test_a_way_can_be_prescribed() -> None:
    async with run_stub_server(lambda body: FILLED) as stub, forms_of(stub, "json_object") as forms:
        await forms.generate(PROMPT, DraftOutput, LlmBudget())
        assert [way_of(request) for request in stub.requests] == ["json_object"]

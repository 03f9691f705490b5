"""Random provider faults over many turns: each turn ends in time and leaks nothing."""

import asyncio
import random
from typing import Any, get_args

from agent.analyst import AnswerContext, Draft
from agent.errors import AnalystError
from agent.llm.analyst import ModelAnalyst
from agent.llm.budget import LlmBudget
from agent.llm.chat_models import open_model
from agent.llm.options import LlmOptions
from tests.fixtures.llm.contexts import DRAFT, MEMORY, SCHEMA, TODAY, answer_context, draft_context
from tests.fixtures.llm.stub_server import Fault, Reply, form_reply, run_stub_server, text_reply

TURNS = 60
MAX_S = 0.5


def good(body: dict[str, Any]) -> Reply:
    name = body.get("response_format", {}).get("json_schema", {}).get("name")
    match name:
        case "intent":
            return form_reply(kind="data", question="How many customers are there?")
        case "draft":
            return form_reply(sql=DRAFT.sql)
        case _:
            return text_reply("There are 12.")


def perhaps_bad(chance: random.Random, body: dict[str, Any]) -> Reply:
    """A good answer, or one of all the ways in which answers go wrong."""
    bad = [
        *(Reply(good(body).chunks, fault=fault) for fault in get_args(Fault)),
        *(
            Reply(["no"], status=status, headers={"retry-after-ms": "1"})
            for status in (400, 401, 404, 429, 500)
        ),
        Reply(["I would rather not."]),
        Reply(['{"kind": "da'], finish="length"),
        Reply(["x"], finish="content_filter"),
        Reply(refusal="No."),
        Reply(tool={"name": "surprise", "fields": {}}),
        Reply([]),
    ]
    return chance.choice(bad) if chance.random() < 0.3 else good(body)


async def turn(analyst: ModelAnalyst) -> str:
    """How a turn ends: in words, or in the class of an error."""
    try:
        await analyst.understand("how many customers?", MEMORY, SCHEMA, TODAY, LlmBudget())
        draft = await analyst.draft(draft_context())
        ended: AnswerContext = answer_context(draft=draft if isinstance(draft, Draft) else None)
        return "".join([piece async for piece in analyst.narrate(ended)])
    except AnalystError as error:
        return type(error).__name__


async def test_every_turn_ends_and_nothing_leaks() -> None:
    chance = random.Random(7)
    before = len(asyncio.all_tasks())
    async with run_stub_server(lambda body: perhaps_bad(chance, body)) as stub:
        async with open_model("stub", stub.url, None, 0.2) as model:
            analyst = ModelAnalyst(model, options=LlmOptions(timeout_s=MAX_S, stall_s=0.1))
            endings = []
            for _ in range(TURNS):
                async with asyncio.timeout(2 * 3 * MAX_S + 1):
                    endings.append(await turn(analyst))
        while stub.connections:
            stub.hung_up.clear()
            await stub.hung_up.wait()
    assert len(asyncio.all_tasks()) == before
    assert all(endings)
    assert {"There are 12.", "AnalystUnavailable", "InvalidModelOutput"} <= set(endings)

"""The language-model analyst in a graph: only its own output reaches the event stream."""

from collections.abc import Sequence
from typing import TypedDict

import pytest
from langgraph.graph import START, StateGraph

from agent.llm.analyst import ModelAnalyst
from agent.llm.budget import LlmBudget
from agent.llm.chat_models import open_model
from agent.llm.options import LlmOptions
from tests.fixtures.llm.contexts import MEMORY, SCHEMA, TODAY, answer_context
from tests.fixtures.llm.stub_server import Reply, form_reply, run_stub_server, text_reply


class Said(TypedDict):
    said: str


FILLED = form_reply(kind="data", question="How many?")
CALLED = Reply(tool={"name": "intent", "fields": {"kind": "data", "question": "How many?"}})


@pytest.mark.parametrize(
    ("filled", "takes"), [(FILLED, ["json_schema", "prose"]), (CALLED, ["tool", "prose"])]
)
async def test_a_streamed_graph_hears_neither_forms_nor_raw_words(
    filled: Reply, takes: Sequence[str]
) -> None:
    async with (
        run_stub_server(output_methods=takes) as stub,
        open_model("stub", stub.url, None, 2.0) as model,
    ):
        analyst = ModelAnalyst(model, options=LlmOptions(timeout_s=2.0))

        async def turn(state: Said) -> Said:
            intent = await analyst.understand("how many?", MEMORY, SCHEMA, TODAY, LlmBudget())
            pieces = [piece async for piece in analyst.narrate(answer_context(intent=intent))]
            return {"said": "".join(pieces)}

        graph = StateGraph(Said)
        graph.add_node("turn", turn)
        graph.add_edge(START, "turn")
        stub.replies += [filled, text_reply("There are 12.")]

        parts = [
            part async for part in graph.compile().astream({"said": ""}, stream_mode=["messages", "values"])
        ]

    assert parts[-1] == ("values", {"said": "There are 12."})
    assert [kind for kind, _ in parts if kind == "messages"] == []

"""Extraction: the form is found in whatever a model answered, in bounded time."""

import json
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage

from agent.errors import InvalidModelOutput
from agent.llm.output_schemas import DraftOutput, IntentOutput
from agent.llm.structured import InvalidOutput, parse_output


def answer(text: str, **metadata: Any) -> AIMessage:
    return AIMessage(text, response_metadata=metadata)


@pytest.mark.parametrize(
    "text",
    [
        '{"kind": "data"}',
        'Sure!\n{"kind": "data"}\nGlad to help.',
        '```json\n{"kind": "data"}\n```',
        '```\n{"kind": "data"}',
        '{"note": 1} {"kind": "nonsense"} {"kind": "data"}',
        '{broken {"kind": "data"}',
        '{"kind": "data", "question": "two\nlines"}',
        '<think>perhaps {"kind": "write"}?</think>{"kind": "data"}',
    ],
)
def test_the_form_is_found(text: str) -> None:
    assert parse_output(answer(text), IntentOutput).kind == "data"


def test_an_object_within_a_fitting_one_is_not_taken_for_it() -> None:
    text = '{"kind": "data", "question": "q", "inner": {"kind": "write"}}'
    assert parse_output(answer(text), IntentOutput).kind == "data"


def test_a_tool_call_is_the_likeliest_place() -> None:
    call = {"name": "understanding", "args": {"kind": "schema"}, "id": "1"}
    message = AIMessage('{"kind": "data"}', tool_calls=[call])
    assert parse_output(message, IntentOutput).kind == "schema"


def test_a_tool_call_with_broken_json_is_looked_into() -> None:
    broken = {"name": "u", "args": '{"kind": "data"} trailing', "id": "1", "error": None}
    message = AIMessage("", invalid_tool_calls=[{**broken, "type": "invalid_tool_call"}])
    assert parse_output(message, IntentOutput).kind == "data"


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        (answer("no"), "no JSON"),
        (answer('{"kind": "da', finish_reason="length"), "cut off"),
        (answer('{"kind": "banana"}'), "kind: Input should be"),
        (answer(""), "no JSON"),
    ],
)
def test_the_problem_is_named(message: AIMessage, problem: str) -> None:
    with pytest.raises(InvalidOutput, match=problem):
        parse_output(message, IntentOutput)


def test_a_refusal_is_not_asked_again() -> None:
    with pytest.raises(InvalidModelOutput):
        parse_output(answer('{"kind": "data"}', finish_reason="content_filter"), IntentOutput)
    with pytest.raises(InvalidModelOutput):
        parse_output(AIMessage("", additional_kwargs={"refusal": "No."}), IntentOutput)


@pytest.mark.parametrize(
    "text", ["{" * 100_000, "[" * 100_000, '{"a":' * 100_000, "```\n" * 50_000, '{"' * 60_000]
)
def test_hostile_answers_take_no_time(text: str) -> None:
    began = process_time()
    with pytest.raises(InvalidOutput):
        parse_output(answer(text), DraftOutput)
    assert process_time() - began < 10


@given(st.text(alphabet=' \n`{}"abc:,'), st.text(alphabet=' \n`"abc:,'))
def test_a_query_survives_any_prose_around_it(before: str, after: str) -> None:
    filled = json.dumps({"sql": "SELECT 1", "kind": "data"})
    if "{" not in before:
        assert parse_output(answer(f"{before}\n{filled}\n{after}"), DraftOutput).sql == "SELECT 1"

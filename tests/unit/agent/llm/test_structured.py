"""Extraction: the form is found in whatever a model answered, in bounded time."""

import json
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage

from agent.errors import AnalystConfused
from agent.llm.output_schemas import Understanding, Writing
from agent.llm.structured import FormUnreadable, read_form


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
    assert read_form(answer(text), Understanding).kind == "data"


def test_an_object_within_a_fitting_one_is_not_taken_for_it() -> None:
    text = '{"kind": "data", "question": "q", "inner": {"kind": "write"}}'
    assert read_form(answer(text), Understanding).kind == "data"


def test_a_tool_call_is_the_likeliest_place() -> None:
    call = {"name": "understanding", "args": {"kind": "schema"}, "id": "1"}
    message = AIMessage('{"kind": "data"}', tool_calls=[call])
    assert read_form(message, Understanding).kind == "schema"


def test_a_tool_call_with_broken_json_is_looked_into() -> None:
    broken = {"name": "u", "args": '{"kind": "data"} trailing', "id": "1", "error": None}
    message = AIMessage("", invalid_tool_calls=[{**broken, "type": "invalid_tool_call"}])
    assert read_form(message, Understanding).kind == "data"


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
    with pytest.raises(FormUnreadable, match=problem):
        read_form(message, Understanding)


def test_a_refusal_is_not_asked_again() -> None:
    with pytest.raises(AnalystConfused):
        read_form(answer('{"kind": "data"}', finish_reason="content_filter"), Understanding)
    with pytest.raises(AnalystConfused):
        read_form(AIMessage("", additional_kwargs={"refusal": "No."}), Understanding)


@pytest.mark.parametrize(
    "text", ["{" * 100_000, "[" * 100_000, '{"a":' * 100_000, "```\n" * 50_000, '{"' * 60_000]
)
def test_hostile_answers_take_no_time(text: str) -> None:
    began = process_time()
    with pytest.raises(FormUnreadable):
        read_form(answer(text), Writing)
    assert process_time() - began < 2


@given(st.text(alphabet=' \n`{}"abc:,'), st.text(alphabet=' \n`"abc:,'))
def test_a_query_survives_any_prose_around_it(before: str, after: str) -> None:
    filled = json.dumps({"sql": "SELECT 1", "kind": "data"})
    if "{" not in before:
        assert read_form(answer(f"{before}\n{filled}\n{after}"), Writing).sql == "SELECT 1"

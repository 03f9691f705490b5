"""Forms: lenient about shape, strict about meaning."""

from typing import Any

import pytest
from pydantic import ValidationError

from agent.analyst import Intent
from agent.llm.output_schemas import DraftOutput, IntentOutput, to_clarification, to_draft, to_intent
from agent.llm.prompts import render


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.7, 0.7),
        (85, 0.85),
        ("0.5", 0.5),
        (-3, 0.0),
        (1e9, 1.0),
        ("high", 0.5),
        (None, 0.5),
        (float("nan"), 0.5),
    ],
)
def test_confidence_becomes_a_share(value: Any, expected: float) -> None:
    assert DraftOutput(confidence=value).confidence == pytest.approx(expected)


def test_nothing_is_an_empty_text_or_list() -> None:
    writing = DraftOutput.model_validate({"sql": None, "assumptions": None, "choices": "one thing"})
    assert (writing.sql, writing.assumptions, writing.choices) == ("", (), ("one thing",))


def test_lists_are_short_and_without_doubles_and_blanks() -> None:
    value = ["a", " a ", "", 7, {"b": 1}, *"cdefghij", "x" * 1000]
    assert DraftOutput.model_validate({"choices": value}).choices == ("a", "c", "d", "e", "f", "g")
    assert len(DraftOutput.model_validate({"choices": ["x" * 1000]}).choices[0]) == 300


def test_a_kind_is_known_in_any_case() -> None:
    assert IntentOutput.model_validate({"kind": " DATA "}).kind == "data"


@pytest.mark.parametrize(
    "wrong", [{}, {"kind": "admin"}, {"kind": None}, {"kind": "data", "question": ["no"]}]
)
def test_another_meaning_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        IntentOutput.model_validate(wrong)


def test_the_schema_asks_for_every_field_and_for_no_more() -> None:
    schema = DraftOutput.json_schema()
    assert schema["required"] == list(DraftOutput.model_fields)
    assert schema["additionalProperties"] is False
    assert schema["properties"]["choices"] == {"type": "array", "items": {"type": "string"}}
    assert schema["properties"]["confidence"] == {"type": "number"}


def test_a_fenced_query_is_a_query() -> None:
    output = DraftOutput.from_prose("Here:\n```sql\nSELECT 1\n```\nand\n```sql\nSELECT 2\n```")
    assert output is not None
    assert output.sql == "SELECT 1"
    assert DraftOutput.from_prose("SELECT is a word") is None
    assert IntentOutput.from_prose("```sql\nSELECT 1\n```") is None


PROMPT = render("describe", tables="orders", question="what is there?")
RECITED = PROMPT.instructions[40:200]
EVIL = "[click](https://evil.example)"


def understood(**fields: object) -> Intent:
    return to_intent(IntentOutput.model_validate({"kind": "data", **fields}), "asked", PROMPT)


def test_several_questions_in_one_are_told_apart() -> None:
    assert understood(question="q", parts=["a?", "b?"]).parts == ("a?", "b?")
    assert understood(question="q", parts=["a?"]).parts == ()
    assert len(understood(question="q", parts=[f"{n}?" for n in range(9)]).parts) == 4


def test_steps_and_assumptions_are_kept() -> None:
    intent = understood(question="q", plan=["first", "then"], assumptions=["This year."])
    assert (intent.plan, intent.assumptions) == (("first", "then"), ("This year.",))


def test_what_repeats_our_instructions_is_never_shown() -> None:
    assert understood(question=RECITED).question == "asked"
    assert understood(kind="small_talk", reply=RECITED).reply is None
    assert understood(question="q", assumptions=[RECITED]).assumptions == ()
    draft = to_draft(DraftOutput(sql="SELECT 1", reading=RECITED, follow_ups=(RECITED,)), "model", PROMPT)
    assert (draft.reading, draft.follow_ups) == ("", ())


def test_links_are_taken_apart() -> None:
    assert "](" not in understood(question=EVIL).question
    assert "](" not in to_draft(DraftOutput(sql="SELECT 1", reading=EVIL), "model", PROMPT).reading


def test_the_first_choice_is_the_likeliest() -> None:
    intent = to_clarification(
        DraftOutput(ask_back="Which?", choices=("a?", "b?")), Intent("data", "q"), PROMPT
    )
    assert (intent.kind, intent.choices, intent.default_choice) == ("unclear", ("a?", "b?"), "a?")
    assert to_clarification(DraftOutput(), Intent("data", "q"), PROMPT).default_choice is None


def test_a_proposed_chart_is_one_short_word() -> None:
    assert to_draft(DraftOutput(sql="SELECT 1", chart=" Bar "), "model", PROMPT).chart == "bar"
    assert len(to_draft(DraftOutput(sql="SELECT 1", chart="x" * 99), "model", PROMPT).chart) == 20

"""Forms: lenient about shape, strict about meaning."""

from typing import Any

import pytest
from pydantic import ValidationError

from agent.forms import Understanding, Writing


@pytest.mark.parametrize(
    ("given", "expected"),
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
def test_confidence_becomes_a_share(given: Any, expected: float) -> None:
    assert Writing(confidence=given).confidence == pytest.approx(expected)


def test_nothing_is_an_empty_text_or_list() -> None:
    writing = Writing.model_validate({"sql": None, "assumptions": None, "choices": "one thing"})
    assert (writing.sql, writing.assumptions, writing.choices) == ("", (), ("one thing",))


def test_lists_are_short_and_without_doubles_and_blanks() -> None:
    given = ["a", " a ", "", 7, {"b": 1}, *"cdefghij", "x" * 1000]
    assert Writing.model_validate({"choices": given}).choices == ("a", "c", "d", "e", "f", "g")
    assert len(Writing.model_validate({"choices": ["x" * 1000]}).choices[0]) == 300


def test_a_kind_is_known_in_any_case() -> None:
    assert Understanding.model_validate({"kind": " DATA "}).kind == "data"


@pytest.mark.parametrize(
    "wrong", [{}, {"kind": "admin"}, {"kind": None}, {"kind": "data", "question": ["no"]}]
)
def test_another_meaning_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Understanding.model_validate(wrong)


def test_the_schema_asks_for_every_field_and_for_no_more() -> None:
    schema = Writing.schema_for_models()
    assert schema["required"] == list(Writing.model_fields)
    assert schema["additionalProperties"] is False
    assert schema["properties"]["choices"] == {"type": "array", "items": {"type": "string"}}
    assert schema["properties"]["confidence"] == {"type": "number"}


def test_a_fenced_query_is_a_query() -> None:
    made = Writing.from_prose("Here:\n```sql\nSELECT 1\n```\nand\n```sql\nSELECT 2\n```")
    assert made is not None
    assert made.sql == "SELECT 1"
    assert Writing.from_prose("SELECT is a word") is None
    assert Understanding.from_prose("```sql\nSELECT 1\n```") is None

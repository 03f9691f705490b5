"""Sentences without a model are true for every ending."""

import pytest

from agent.analyst import Intent, Setback, Story
from agent.results.messages import FAILED, NOT_RUN, REFUSED, closing_words, cut_off, rows_without_a_model
from store.rows import RowColumn, Rows
from tests.model_world import story

A = (RowColumn("a", "integer"),)


@pytest.mark.parametrize(
    ("ending", "expected"),
    [
        (story("refused"), NOT_RUN),
        (story("refused", intent=Intent("write", "drop it")), REFUSED),
        (story("chatted", intent=Intent("smalltalk", "hi", "Hi!")), "Hi!"),
        (story("unclear", intent=Intent("unclear", "x", "Which one?", ("A", "B"))), "Which one?\n- A\n- B"),
        (story("failed"), FAILED),
    ],
)
def test_every_ending_has_its_words(ending: Story, expected: str) -> None:
    assert closing_words(ending) == expected


def test_the_engines_own_words_stay_inside() -> None:
    failed = story("failed", setbacks=(Setback("other", "SELECT 1", "value 'salary 90000' of row"),) * 3)
    assert closing_words(failed) == "I tried 3 queries, and none would do."


def test_the_guards_words_are_for_people() -> None:
    failed = story("failed", setbacks=(Setback("rejected", "SELECT 1", "There is no table {x}."),))
    assert closing_words(failed).endswith("What I tried may not run here: There is no table {x}.")


def test_too_slow_is_said_as_such() -> None:
    assert "longer than it may" in closing_words(
        story("failed", setbacks=(Setback("timeout", "SELECT 1", "x"),))
    )


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (Rows(A, ()), "No row matches that question."),
        (Rows(A, ((7,),)), "a: 7"),
        (Rows(A * 2, ((7, 8),)), "The answer is one row."),
        (Rows(A, ((7,),) * 1200), "The answer is 1,200 rows."),
    ],
)
def test_rows_speak_for_themselves(rows: Rows, expected: str) -> None:
    assert rows_without_a_model(rows) == expected


def test_a_cut_is_said_with_its_place() -> None:
    assert cut_off(Rows(A, ((7,),) * 1000)) == "These are only the first 1,000 rows; there are more."

"""Sentences without a model are true for every ending."""

import pytest

from agent.analyst import AnswerContext, Intent, Setback
from agent.results.messages import FAILED, NOT_RUN, REFUSED, closing_text, describe_rows, truncation_notice
from store.rows import RowColumn, Rows
from tests.fixtures.llm.contexts import answer_context

A = (RowColumn("a", "integer"),)


@pytest.mark.parametrize(
    ("ending", "expected"),
    [
        (answer_context("refused"), NOT_RUN),
        (answer_context("refused", intent=Intent("write", "drop it")), REFUSED),
        (answer_context("small_talk", intent=Intent("small_talk", "hi", "Hi!")), "Hi!"),
        (
            answer_context("unclear", intent=Intent("unclear", "x", "Which one?", ("A", "B"))),
            "Which one?\n- A\n- B",
        ),
        (answer_context("failed"), FAILED),
    ],
)
def test_every_ending_has_its_words(ending: AnswerContext, expected: str) -> None:
    assert closing_text(ending) == expected


def test_the_engines_own_words_stay_inside() -> None:
    failed = answer_context(
        "failed", setbacks=(Setback("other", "SELECT 1", "value 'salary 90000' of row"),) * 3
    )
    assert closing_text(failed) == "I tried 3 queries, and none of them worked."


def test_the_guards_words_are_for_people() -> None:
    failed = answer_context("failed", setbacks=(Setback("rejected", "SELECT 1", "There is no table {x}."),))
    assert closing_text(failed).endswith("The last query was not allowed: There is no table {x}.")


def test_too_slow_is_said_as_such() -> None:
    assert "timed out" in closing_text(
        answer_context("failed", setbacks=(Setback("timeout", "SELECT 1", "x"),))
    )


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (Rows(A, ()), "No rows match that question."),
        (Rows(A, ((7,),)), "a: 7"),
        (Rows(A * 2, ((7, 8),)), "The answer is one row."),
        (Rows(A, ((7,),) * 1200), "The answer is 1,200 rows."),
    ],
)
def test_rows_speak_for_themselves(rows: Rows, expected: str) -> None:
    assert describe_rows(rows) == expected


def test_a_cut_is_said_with_its_place() -> None:
    assert (
        truncation_notice(Rows(A, ((7,),) * 1000)) == "These are only the first 1,000 rows; there are more."
    )

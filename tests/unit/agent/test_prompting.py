"""Prompts hold what a task holds, stable parts first, and no rows where none may leave."""

from dataclasses import replace

from agent.analyst import Intent, Setback
from agent.prompting import draft_prompt, rows_prompt, understand_prompt
from tests.model_world import COUNTED, DRAFT, MEMORY, SCHEMA, TODAY, story, task


def test_what_changes_from_question_to_question_comes_last() -> None:
    one = draft_prompt(task(), True)
    other = draft_prompt(task(intent=Intent("data", "Who pays late?")), True)
    shared = one.given.index("Today is")
    assert one.given[:shared] == other.given[:shared]
    assert one.instructions == other.instructions
    assert "The tables:" in one.given[:shared]


def test_understanding_begins_with_the_tables() -> None:
    given = understand_prompt("how many?", MEMORY, SCHEMA, TODAY, True).given
    assert given.startswith("What the database holds:")
    assert given.index("Today is") > given.index("public.orders")


def test_each_frame_has_its_own_words_and_version() -> None:
    prompts = {
        frame: draft_prompt(replace(task(), frame=frame), True) for frame in ("direct", "divide", "plan")
    }
    assert len({prompt.given for prompt in prompts.values()}) == 3
    assert prompts["plan"].version.startswith(prompts["direct"].version + "+frame_plan@")
    assert "divide it" in prompts["divide"].given
    assert prompts["divide"].given.startswith(prompts["direct"].given)


def test_the_steps_of_a_plan_are_told() -> None:
    planned = task(intent=Intent("data", "q", plan=("count by city", "take the largest")))
    assert "1. count by city\n2. take the largest" in draft_prompt(planned, True).given


def test_no_reply_and_no_engine_words_leave_where_rows_may_not() -> None:
    setback = Setback("type_mismatch", "SELECT 1", 'invalid number: "salary 90000"')
    told = draft_prompt(task(setback), False).given
    assert "There are 12." not in told
    assert "90000" not in told
    assert "Went wrong: type_mismatch" in told
    assert "SELECT count(*) FROM customers" in told
    assert "There are 12." not in understand_prompt("q", MEMORY, SCHEMA, TODAY, False).given


def test_the_guards_words_are_ours_and_leave() -> None:
    setback = Setback("rejected", "SELECT 1", "There is no table x.", "near: y")
    assert "There is no table x." in draft_prompt(task(setback), False).given


def test_what_was_assumed_is_told_to_who_words_the_answer() -> None:
    told = story(
        intent=Intent("data", "q", assumptions=("Taken as this year.",)), draft=replace(DRAFT, reading="All.")
    )
    assert "All.\nTaken as this year." in rows_prompt(told, COUNTED).given

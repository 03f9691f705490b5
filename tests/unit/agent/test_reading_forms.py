"""Forms become what the graph knows; nothing of them is shown that should not be."""

from agent.analyst import Intent
from agent.forms import Understanding, Writing
from agent.prompts import render
from agent.reading_forms import asked_back, draft_of, intent_of

PROMPT = render("describe", tables="orders", question="what is there?")
RECITED = PROMPT.instructions[40:200]
EVIL = "[click](https://evil.example)"


def understood(**fields: object) -> Intent:
    return intent_of(Understanding.model_validate({"kind": "data", **fields}), "asked", PROMPT)


def test_several_questions_in_one_are_told_apart() -> None:
    assert understood(question="q", parts=["a?", "b?"]).parts == ("a?", "b?")
    assert understood(question="q", parts=["a?"]).parts == ()
    assert len(understood(question="q", parts=[f"{n}?" for n in range(9)]).parts) == 4


def test_steps_and_assumptions_are_kept() -> None:
    intent = understood(question="q", plan=["first", "then"], assumptions=["This year."])
    assert (intent.plan, intent.assumptions) == (("first", "then"), ("This year.",))


def test_what_repeats_our_instructions_is_never_shown() -> None:
    assert understood(question=RECITED).question == "asked"
    assert understood(kind="smalltalk", reply=RECITED).reply is None
    assert understood(question="q", assumptions=[RECITED]).assumptions == ()
    draft = draft_of(Writing(sql="SELECT 1", reading=RECITED, follow_ups=(RECITED,)), "model", PROMPT)
    assert (draft.reading, draft.follow_ups) == ("", ())


def test_links_are_taken_apart() -> None:
    assert "](" not in understood(question=EVIL).question
    assert "](" not in draft_of(Writing(sql="SELECT 1", reading=EVIL), "model", PROMPT).reading


def test_the_first_choice_is_the_likeliest() -> None:
    intent = asked_back(Writing(ask_back="Which?", choices=("a?", "b?")), Intent("data", "q"), PROMPT)
    assert (intent.kind, intent.choices, intent.likeliest) == ("unclear", ("a?", "b?"), "a?")
    assert asked_back(Writing(), Intent("data", "q"), PROMPT).likeliest is None


def test_a_proposed_chart_is_one_short_word() -> None:
    assert draft_of(Writing(sql="SELECT 1", chart=" Bar "), "model", PROMPT).chart == "bar"
    assert len(draft_of(Writing(sql="SELECT 1", chart="x" * 99), "model", PROMPT).chart) == 20

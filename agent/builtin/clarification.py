"""Clarification: name the words that were not understood, and offer interpretations to choose from."""

import json
from collections.abc import Sequence
from dataclasses import replace

from agent.analyst import Intent, Turn
from agent.builtin.grammar.interpret import Interpretation, print_plan
from agent.builtin.linking.suggestions import suggest_words
from agent.builtin.nlg.answer import describe_plan
from agent.builtin.plan.model import dump_plan, load_plan
from agent.builtin.schema.model import Schema

_FIRST_CHOICE = frozenset({"1", "the first", "first", "the first one", "first one", "yes"})
_SECOND_CHOICE = frozenset({"2", "the second", "second", "the second one", "second one", "the other one"})
_MAX_CHOICES = 2


def request_clarification(intent: Intent, readings: Sequence[Interpretation], schema: Schema) -> Intent:
    """Build an `unclear` intent from the most confident `readings`, the best first."""
    unplaced = readings[0].unplaced
    offered = _describe_readings(readings, schema)
    choices = tuple(offered)
    return replace(
        intent,
        kind="unclear",
        unmatched_words=unplaced,
        choices=choices,
        default_choice=choices[0] if choices else None,
        choice_plans=json.dumps(
            {
                description: [reading.confidence, dump_plan(reading.plan)]
                for description, reading in offered.items()
                if reading.plan
            }
        ),
        reply=_clarification_question(unplaced, choices, schema),
    )


def _describe_readings(readings: Sequence[Interpretation], schema: Schema) -> dict[str, Interpretation]:
    """Describe the readings; readings with the same description are offered once."""
    descriptions: dict[str, Interpretation] = {}
    for reading in readings:
        if reading.plan is not None and reading.sql is not None and len(descriptions) < _MAX_CHOICES:
            description = describe_plan(reading.plan, schema)
            descriptions.setdefault(description[:1].upper() + description[1:], reading)
    return descriptions


def _clarification_question(unplaced: tuple[str, ...], choices: Sequence[str], schema: Schema) -> str:
    explanation = ""
    if unplaced:
        explanation = f"I did not understand {', '.join(f'“{word}”' for word in unplaced[:5])}."
    if choices:
        alternatives = " or ".join(f"“{choice}”" for choice in choices)
        return f"{explanation or 'I am not sure that I understood the question.'} Do you mean {alternatives}?"
    if explanation:
        suggestions = suggest_words(unplaced, schema)
        return explanation + (f" Do you mean {suggestions}?" if suggestions else " Could you rephrase it?")
    return "I could not find what this is about in the database. Which table do you mean?"


def resolve_clarification(turn: Turn, answer: str) -> Intent:
    """Interpret the answer to a clarification: a choice, another question, or words that complete it."""
    if choice := _match_choice(turn.plan, answer):
        return Intent("data", choice, choice_plans=turn.plan)
    if len(answer.split()) > 3:
        return Intent("data", answer)
    return Intent("data", f"{turn.standalone.rstrip('?. ')} {answer}")


def _match_choice(stored: str | None, answer: str) -> str | None:
    choices = list(_load_choices(stored))
    normalized = answer.strip().rstrip(".?!").lower()
    if choices and normalized in _FIRST_CHOICE:
        return choices[0]
    if len(choices) > 1 and normalized in _SECOND_CHOICE:
        return choices[1]
    return next((choice for choice in choices if choice.rstrip(".?!").lower() == normalized), None)


def chosen_reading(intent: Intent, schema: Schema) -> Interpretation | None:
    """Load the interpretation that the user chose, with its stored plan; None if there is none."""
    choice = _load_choices(intent.choice_plans).get(intent.question)
    if choice is None:
        return None
    try:
        assumptions = tuple(f"“{word}” was not understood and is ignored." for word in intent.unmatched_words)
        return print_plan(
            load_plan(choice[1]), schema, Interpretation(None, None, choice[0], assumptions=assumptions)
        )
    except ValueError:
        return None


def _load_choices(stored: str | None) -> dict[str, tuple[float, str]]:
    """Load the stored choices, each with confidence and plan; empty if another analyst wrote them."""
    try:
        choices = json.loads(stored or "{}")
    except ValueError:
        return {}
    return choices if isinstance(choices, dict) and "is" not in choices else {}

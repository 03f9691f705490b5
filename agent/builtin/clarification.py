"""Ask back: name the words that could not be placed, and offer readings to choose from, with their plans."""

import json
from collections.abc import Sequence
from dataclasses import replace

from agent.analyst import Intent, Turn
from agent.builtin.grammar.interpret import Reading, printed
from agent.builtin.linking.suggestions import suggest_words
from agent.builtin.nlg.answer import reading
from agent.builtin.plan.model import dump, load
from agent.builtin.schema.model import Schema

_FIRST = frozenset({"1", "the first", "first", "the first one", "first one", "yes"})
_SECOND = frozenset({"2", "the second", "second", "the second one", "second one", "the other one"})
_MOST = 2


def ask_back(intent: Intent, readings: Sequence[Reading], schema: Schema) -> Intent:
    """Give an unclear intent that says what is unclear; `readings` are the surest, the best first."""
    unplaced = readings[0].unplaced
    offered = _offered(readings, schema)
    choices = tuple(offered)
    return replace(
        intent,
        kind="unclear",
        unplaced=unplaced,
        choices=choices,
        likeliest=choices[0] if choices else None,
        note=json.dumps(
            {said: [one.confidence, dump(one.plan)] for said, one in offered.items() if one.plan}
        ),
        reply=_question(unplaced, choices, schema),
    )


def _offered(readings: Sequence[Reading], schema: Schema) -> dict[str, Reading]:
    """The readings in words; two that sound alike would be no choice."""
    offered: dict[str, Reading] = {}
    for one in readings:
        if one.plan is not None and one.sql is not None and len(offered) < _MOST:
            said = reading(one.plan, schema)
            offered.setdefault(said[:1].upper() + said[1:], one)
    return offered


def _question(unplaced: tuple[str, ...], choices: Sequence[str], schema: Schema) -> str:
    lost = ""
    if unplaced:
        lost = f"I could not place {', '.join(f'“{word}”' for word in unplaced[:5])}."
    if choices:
        asked = " or ".join(f"“{choice}”" for choice in choices)
        return f"{lost or 'I am not sure that I understood.'} Do you mean {asked}?"
    if lost:
        near = suggest_words(unplaced, schema)
        return lost + (f" Do you mean {near}?" if near else " Could you put it in other words?")
    return "I could not find what this is about in the database. Which table do you mean?"


def answered(asked_back: Turn, said: str) -> Intent:
    """What was said after asking back: a choice, another question, or a few words to complete it."""
    if chosen := _choice(asked_back.plan, said):
        return Intent("data", chosen, note=asked_back.plan)
    if len(said.split()) > 3:
        return Intent("data", said)
    return Intent("data", f"{asked_back.standalone.rstrip('?. ')} {said}")


def _choice(note: str | None, said: str) -> str | None:
    choices = list(_noted(note))
    folded = said.strip().rstrip(".?!").lower()
    if choices and folded in _FIRST:
        return choices[0]
    if len(choices) > 1 and folded in _SECOND:
        return choices[1]
    return next((choice for choice in choices if choice.rstrip(".?!").lower() == folded), None)


def chosen_reading(intent: Intent, schema: Schema) -> Reading | None:
    """The reading that was chosen, with exactly its plan, where a question is one of the choices."""
    kept = _noted(intent.note).get(intent.question)
    if kept is None:
        return None
    try:
        left_out = tuple(f"“{word}” could not be placed and was left out." for word in intent.unplaced)
        return printed(load(kept[1]), schema, Reading(None, None, kept[0], assumptions=left_out))
    except ValueError:
        return None


def _noted(note: str | None) -> dict[str, tuple[float, str]]:
    """Each choice with how sure it is and its plan. What another analyst noted is none of ours."""
    try:
        kept = json.loads(note or "{}")
    except ValueError:
        return {}
    return kept if isinstance(kept, dict) and "is" not in kept else {}

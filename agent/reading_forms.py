"""Filled-in forms turned into what the graph knows, without anything a person should not be shown."""

from collections.abc import Iterable
from dataclasses import replace

from agent.analyst import Draft, Intent
from agent.forms import Understanding, Writing
from agent.plain_words import plain
from agent.prompts import Prompt
from agent.wording import REFUSED, UNCLEAR

MOST_FOLLOW_UPS = 3
MOST_CHOICES = 4
MOST_TITLE = 60


def intent_of(understood: Understanding, asked: str, prompt: Prompt) -> Intent:
    """An understanding as the graph knows it; what a model left out, or should not say, is made up for."""
    question = _shown(understood.question.strip(), prompt) or asked
    reply = _shown(understood.reply, prompt)
    match understood.kind:
        case "write":
            return Intent("write", question, reply or REFUSED)
        case "smalltalk":
            return Intent("smalltalk", question, reply or None)
        case "unclear":
            return _unclear(Intent("unclear", question), reply, understood.choices, prompt)
        case "schema":
            return Intent("schema", question)
        case "data":
            parts = _lines(understood.parts[:MOST_CHOICES], prompt)
            return Intent(
                "data",
                question,
                plan=_lines(understood.plan, prompt),
                parts=parts if len(parts) > 1 else (),
                assumptions=_lines(understood.assumptions, prompt),
            )


def title_of(understood: Understanding, prompt: Prompt) -> str | None:
    """A title of one line, without marks around it; None where there is none."""
    line = " ".join(_shown(understood.title, prompt).split()).strip("\"'“”. ")
    return line[:MOST_TITLE] or None


def draft_of(writing: Writing, analyst: str, prompt: Prompt) -> Draft:
    """A query with what was said about it."""
    return Draft(
        sql=writing.sql.strip(),
        reading=_shown(writing.reading, prompt),
        assumptions=_lines(writing.assumptions, prompt),
        confidence=writing.confidence,
        analyst=analyst,
        follow_ups=_lines(writing.follow_ups[:MOST_FOLLOW_UPS], prompt),
        prompt=prompt.version,
        chart=writing.chart.strip().lower()[:20],
    )


def asked_back(writing: Writing, intent: Intent, prompt: Prompt) -> Intent:
    """What has to be known before a query can be written."""
    return _unclear(intent, _shown(writing.ask_back, prompt), writing.choices, prompt)


def _unclear(intent: Intent, reply: str, choices: Iterable[str], prompt: Prompt) -> Intent:
    readings = _lines(choices, prompt)[:MOST_CHOICES]
    return replace(
        intent,
        kind="unclear",
        reply=reply or UNCLEAR,
        choices=readings,
        likeliest=readings[0] if readings else None,
    )


def _lines(lines: Iterable[str], prompt: Prompt) -> tuple[str, ...]:
    return tuple(shown for line in lines if (shown := _shown(line, prompt)))


def _shown(text: str, prompt: Prompt) -> str:
    """A text without links and tags; nothing where it repeats our instructions."""
    return "" if prompt.recited_in(text) else plain(text)

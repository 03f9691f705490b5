"""The forms a language model fills in. Strangers write them, so pydantic; lenient where nothing is lost."""

import math
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict

from agent.analyst import Draft, Intent
from agent.llm.prompts import Prompt
from agent.results.messages import REFUSED, UNCLEAR
from agent.results.sanitizer import plain

# A line of a list, and how many of them a person reads.
MOST_LINE = 300
MOST_LINES = 6

_SQL_FENCE = re.compile(r"```[ \t]*sql[^\n]*\n(.*?)```", re.DOTALL | re.IGNORECASE)


def _as_text(value: Any) -> Any:
    """Nothing is an empty text."""
    return "" if value is None else value


def _as_word(value: Any) -> Any:
    """One word of a closed list, however it is written."""
    return value.strip().lower() if isinstance(value, str) else value


def _as_lines(value: Any) -> Any:
    """Nothing is an empty list, one text a list of one; blank lines, doubles and what is beyond a few go."""
    given = [value] if isinstance(value, str) else value or []
    if not isinstance(given, list):
        return given
    lines = (line.strip()[:MOST_LINE] for line in given if isinstance(line, str))
    return list(dict.fromkeys(line for line in lines if line))[:MOST_LINES]


def _as_share(value: Any) -> float:
    """A number from 0 to 1; a percentage is brought there, words and nonsense are the middle."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return 0.5
    if not math.isfinite(number):
        return 0.5
    return min(max(number / 100 if number > 1 else number, 0.0), 1.0)


Kind = Annotated[Literal["data", "schema", "smalltalk", "write", "unclear"], BeforeValidator(_as_word)]
Text = Annotated[str, BeforeValidator(_as_text)]
Lines = Annotated[tuple[str, ...], BeforeValidator(_as_lines)]
Share = Annotated[float, BeforeValidator(_as_share)]


class Form(BaseModel):
    """A form to fill in. Every field is asked for; what is added to it is ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    @classmethod
    def from_prose(cls, text: str) -> Self | None:
        """Make what can be made of an answer that is no form at all; None where nothing can."""
        return None

    @classmethod
    def schema_for_models(cls) -> dict[str, Any]:
        """The form as strict JSON Schema: every field required, none added."""
        schema = cls.model_json_schema()
        properties = {
            name: {key: part for key, part in field.items() if key not in {"title", "default"}}
            for name, field in schema["properties"].items()
        }
        return {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }


class Understanding(Form):
    """What a person is asking."""

    kind: Kind
    question: Text = ""
    parts: Lines = ()
    plan: Lines = ()
    assumptions: Lines = ()
    reply: Text = ""
    choices: Lines = ()
    title: Text = ""


class Writing(Form):
    """A query, or a question back. `steps` are for the model to think in; nobody else reads them."""

    steps: Lines = ()
    reading: Text = ""
    assumptions: Lines = ()
    sql: Text = ""
    confidence: Share = 0.5
    chart: Text = ""
    follow_ups: Lines = ()
    ask_back: Text = ""
    choices: Lines = ()

    @classmethod
    def from_prose(cls, text: str) -> Self | None:
        """A query in a code fence is a query, whatever is said around it."""
        fenced = _SQL_FENCE.search(text)
        return cls(sql=fenced[1].strip()) if fenced else None


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

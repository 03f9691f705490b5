"""Structured-output schemas, lenient where nothing is lost, and their conversion to `Intent` and `Draft`."""

import math
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict

from agent.analyst import Draft, Intent
from agent.llm.prompts import Prompt
from agent.results.messages import REFUSED, UNCLEAR
from agent.results.sanitizer import sanitize

# Length of an item of a list, and the number of items.
MAX_ITEM = 300
MAX_ITEMS = 6
MAX_FOLLOW_UPS = 3
MAX_CHOICES = 4
MAX_TITLE = 60
MAX_CHART = 20

_SQL_BLOCK = re.compile(r"```[ \t]*sql[^\n]*\n(.*?)```", re.DOTALL | re.IGNORECASE)


def _to_text(value: Any) -> Any:
    """Read null as an empty text."""
    return "" if value is None else value


def _to_word(value: Any) -> Any:
    """Accept a member of an enumeration in any case, with surrounding blanks."""
    return value.strip().lower() if isinstance(value, str) else value


def _to_items(value: Any) -> Any:
    """Read null as an empty list and a text as a list of one; drop blanks, duplicates and excess items."""
    items = [value] if isinstance(value, str) else value or []
    if not isinstance(items, list):
        return items
    texts = (item.strip()[:MAX_ITEM] for item in items if isinstance(item, str))
    return list(dict.fromkeys(text for text in texts if text))[:MAX_ITEMS]


def _to_share(value: Any) -> float:
    """Convert to a number from 0 to 1: percentages are divided, anything else becomes 0.5."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return 0.5
    if not math.isfinite(number):
        return 0.5
    return min(max(number / 100 if number > 1 else number, 0.0), 1.0)


Kind = Annotated[Literal["data", "schema", "small_talk", "write", "unclear"], BeforeValidator(_to_word)]
Text = Annotated[str, BeforeValidator(_to_text)]
Items = Annotated[tuple[str, ...], BeforeValidator(_to_items)]
Share = Annotated[float, BeforeValidator(_to_share)]


class OutputSchema(BaseModel):
    """Base model of structured output. The model is asked for every field; unknown fields are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    schema_name: ClassVar[str]

    @classmethod
    def from_prose(cls, text: str) -> Self | None:
        """Recover the output from an answer without JSON, if possible."""
        return None

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Return a strict JSON Schema: every field required, no additional ones."""
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


class IntentOutput(OutputSchema):
    """The interpretation of a question."""

    schema_name: ClassVar[str] = "intent"

    kind: Kind
    question: Text = ""
    parts: Items = ()
    plan: Items = ()
    assumptions: Items = ()
    reply: Text = ""
    choices: Items = ()
    title: Text = ""


class DraftOutput(OutputSchema):
    """A query, or a clarifying question. `steps` only give the model room to reason."""

    schema_name: ClassVar[str] = "draft"

    steps: Items = ()
    reading: Text = ""
    assumptions: Items = ()
    sql: Text = ""
    confidence: Share = 0.5
    chart: Text = ""
    follow_ups: Items = ()
    ask_back: Text = ""
    choices: Items = ()

    @classmethod
    def from_prose(cls, text: str) -> Self | None:
        """Take the first SQL code block as the query."""
        block = _SQL_BLOCK.search(text)
        return cls(sql=block[1].strip()) if block else None


def to_intent(output: IntentOutput, question: str, prompt: Prompt) -> Intent:
    """Convert to an intent; texts that are missing or must not be shown get defaults."""
    standalone = _safe(output.question.strip(), prompt) or question
    reply = _safe(output.reply, prompt)
    match output.kind:
        case "write":
            return Intent("write", standalone, reply or REFUSED)
        case "small_talk":
            return Intent("small_talk", standalone, reply or None)
        case "unclear":
            return _unclear(Intent("unclear", standalone), reply, output.choices, prompt)
        case "schema":
            return Intent("schema", standalone)
        case "data":
            parts = _safe_items(output.parts[:MAX_CHOICES], prompt)
            return Intent(
                "data",
                standalone,
                plan=_safe_items(output.plan, prompt),
                parts=parts if len(parts) > 1 else (),
                assumptions=_safe_items(output.assumptions, prompt),
            )


def to_title(output: IntentOutput, prompt: Prompt) -> str | None:
    """Return the title on one line without quotation marks, or None if there is none."""
    line = " ".join(_safe(output.title, prompt).split()).strip("\"'“”. ")
    return line[:MAX_TITLE] or None


def to_draft(output: DraftOutput, analyst: str, prompt: Prompt) -> Draft:
    """Convert to a draft."""
    return Draft(
        sql=output.sql.strip(),
        reading=_safe(output.reading, prompt),
        assumptions=_safe_items(output.assumptions, prompt),
        confidence=output.confidence,
        analyst=analyst,
        follow_ups=_safe_items(output.follow_ups[:MAX_FOLLOW_UPS], prompt),
        prompt_version=prompt.version,
        chart=output.chart.strip().lower()[:MAX_CHART],
    )


def to_clarification(output: DraftOutput, intent: Intent, prompt: Prompt) -> Intent:
    """Convert an output without a query to an unclear intent with its clarifying question."""
    return _unclear(intent, _safe(output.ask_back, prompt), output.choices, prompt)


def _unclear(intent: Intent, reply: str, choices: Iterable[str], prompt: Prompt) -> Intent:
    safe_choices = _safe_items(choices, prompt)[:MAX_CHOICES]
    return replace(
        intent,
        kind="unclear",
        reply=reply or UNCLEAR,
        choices=safe_choices,
        default_choice=safe_choices[0] if safe_choices else None,
    )


def _safe_items(items: Iterable[str], prompt: Prompt) -> tuple[str, ...]:
    return tuple(text for item in items if (text := _safe(item, prompt)))


def _safe(text: str, prompt: Prompt) -> str:
    """Sanitize a text; empty if it recites the instructions."""
    return "" if prompt.is_recited_in(text) else sanitize(text)

"""Prompt templates: load the prose files in `agent/llm/templates/*.md` and fill their placeholders."""

import re
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from string import Template

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from agent.analyst import Frame, Memory, Story, Task
from agent.llm.prompt_context import (
    NOTHING,
    conversation_in_words,
    examples_in_words,
    joins_in_words,
    pages_in_words,
    plan_in_words,
    rows_in_words,
    tables_in_words,
    terms_in_words,
    tries_in_words,
    values_in_words,
)
from schema_docs.privacy import Discretion
from schema_docs.schema_map import SchemaMap
from store.catalog import Dialect
from store.rows import Rows

FOLDER = Path(__file__).with_name("templates")

# The line between what we say and what we hand over.
DIVIDER = "\n---\n"

# A stretch that nobody writes by chance.
RECITED = 60

# A fence can be closed, and a chat template's own marks (`<|…`) can be forged, only with an opening bracket.
_MARK = re.compile(r"[<＜](?=\s*/?\s*data\b|\|)", re.IGNORECASE)

# Characters that a person does not see and a model reads: controls, direction marks, the tag block.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\u200b\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")
# In ASCII a table finds them ten times as fast.
_UNSEEN_IN_ASCII = dict.fromkeys(code for code in range(128) if _UNSEEN.match(chr(code)))


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is told: our instructions, then the material. `version` changes with every wording."""

    name: str
    version: str
    instructions: str
    given: str

    def messages(self) -> list[BaseMessage]:
        """Our words as the system's, the material as the person's; the unchanging comes first, for caches."""
        return [SystemMessage(self.instructions), HumanMessage(self.given)]

    def followed_by(self, other: "Prompt") -> "Prompt":
        """Say something more, in the same two messages: many chat templates take no others."""
        return replace(self, given=f"{self.given}\n\n{other.instructions}\n\n{other.given}")

    def recited_in(self, text: str) -> bool:
        """Whether a text repeats a stretch of our instructions word for word."""
        steps = range(0, max(len(text) - RECITED, 0) + 1, RECITED // 3)
        return len(text) >= RECITED and any(text[at : at + RECITED] in self.instructions for at in steps)


@dataclass(frozen=True, slots=True)
class _Page:
    version: str
    instructions: Template
    given: Template
    places: frozenset[str]


def read_prompts() -> None:
    """Read every prompt now, so that no question has to wait for it."""
    for path in FOLDER.glob("*.md"):
        _read(path.stem)


def render(name: str, **values: str) -> Prompt:
    """Fill a prompt's places. Raises `KeyError` when a value is missing, `ValueError` when one is surplus."""
    page = _read(name)
    if surplus := values.keys() - page.places:
        raise ValueError(f"The prompt {name!r} has no place for {', '.join(sorted(surplus))}.")
    safe = {place: neutralise(value) for place, value in values.items()}
    return Prompt(name, page.version, page.instructions.substitute(safe), page.given.substitute(safe).strip())


def neutralise(text: str) -> str:
    """Take from a text what could close a fence, open another, or hide from a reader."""
    seen = text.translate(_UNSEEN_IN_ASCII) if text.isascii() else _UNSEEN.sub("", text)
    return _MARK.sub("‹", seen) if "<" in seen or "＜" in seen else seen


@cache
def _read(name: str) -> _Page:
    text = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    instructions, given = text.split(DIVIDER)
    version = f"{name}@{sha256(text.encode()).hexdigest()[:8]}"
    ours, theirs = Template(instructions.strip()), Template(given)
    return _Page(version, ours, theirs, frozenset((*ours.get_identifiers(), *theirs.get_identifiers())))


DIALECTS: dict[Dialect, str] = {
    "postgres": "PostgreSQL",
    "sqlite": "SQLite",
    "mysql": "MySQL",
    "duckdb": "DuckDB",
}
FRAMES: dict[Frame, str] = {"divide": "frame_divide", "plan": "frame_plan"}


def understand_prompt(
    question: str, memory: Memory, schema: SchemaMap, today: date, with_rows: bool
) -> Prompt:
    """Ask what is being asked. Where no row may leave, what was said of rows before stays here too."""
    discretion = Discretion.over(schema, with_rows)
    return render(
        "understand",
        tables=tables_in_words(schema),
        today=_day(today),
        conversation=conversation_in_words(memory, discretion.lets_out),
        question=question,
    )


def draft_prompt(task: Task, with_rows: bool) -> Prompt:
    """Ask for a query, in the frame the task names."""
    discretion = Discretion.over(task.schema, with_rows)
    prompt = render(
        "draft",
        dialect=DIALECTS[task.schema.catalog.dialect],
        pages=pages_in_words(task.found),
        joins=joins_in_words(task.found),
        today=_day(task.today),
        conversation=conversation_in_words(task.memory, discretion.lets_out),
        values=values_in_words(task.found),
        terms=terms_in_words(task.found),
        examples=examples_in_words(task.found),
        question=task.intent.question,
        plan=plan_in_words(task.intent),
        tries=tries_in_words(task.setbacks, discretion.lets_out),
    )
    if task.frame not in FRAMES:
        return prompt
    frame = render(FRAMES[task.frame], question=task.intent.question)
    return replace(prompt.followed_by(frame), version=f"{prompt.version}+{frame.version}")


def rows_prompt(story: Story, rows: Rows) -> Prompt:
    """Ask for words about rows."""
    draft = story.draft
    understood = [draft.reading, *draft.assumptions] if draft else []
    count = f"the first {len(rows)}, of more" if rows.truncated else f"{len(rows)}, which is all of them"
    return render(
        "narrate",
        question=story.intent.question,
        reading="\n".join(line for line in [*understood, *story.intent.assumptions] if line) or NOTHING,
        row_count=count,
        rows=rows_in_words(rows),
    )


def describe_prompt(story: Story) -> Prompt:
    """Ask for words about what a database holds."""
    return render("describe", tables=tables_in_words(story.schema), question=story.intent.question)


def _day(today: date) -> str:
    return f"{today:%A}, {today.isoformat()}"

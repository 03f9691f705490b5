"""Prompts: loads the templates in `agent/llm/templates/*.md` and fills their placeholders."""

import re
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from string import Template

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from agent.analyst import AnswerContext, DraftContext, Memory, Strategy
from agent.llm.prompt_context import (
    NOTHING,
    format_attempts,
    format_conversation,
    format_documents,
    format_examples,
    format_joins,
    format_plan,
    format_rows,
    format_tables,
    format_terms,
    format_values,
)
from schema_docs.privacy import SharingPolicy
from schema_docs.schema_map import SchemaMap
from store.catalog import Dialect
from store.rows import Rows

FOLDER = Path(__file__).with_name("templates")

# Separates the instructions of a template from the data.
DIVIDER = "\n---\n"

# Length of a quotation of the instructions that is not a coincidence, in characters.
RECITED = 60

# An opening bracket is needed to close a data fence, and to forge the markers of a chat template (`<|…`).
_FENCE_START = re.compile(r"[<＜](?=\s*/?\s*data\b|\|)", re.IGNORECASE)

# Characters invisible to people but not to a model: controls, text direction, the Unicode tag block.
_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\u200b\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")
# For ASCII texts a translation table is ten times as fast.
_INVISIBLE_ASCII = dict.fromkeys(code for code in range(128) if _INVISIBLE.match(chr(code)))


@dataclass(frozen=True, slots=True)
class Prompt:
    """Instructions and data for a model; `version` is a hash of the template."""

    name: str
    version: str
    instructions: str
    data: str

    def messages(self) -> list[BaseMessage]:
        """Return a system and a user message; the constant part comes first, for prompt caches."""
        return [SystemMessage(self.instructions), HumanMessage(self.data)]

    def followed_by(self, other: "Prompt") -> "Prompt":
        """Append another prompt to the user message: many chat templates accept only two messages."""
        return replace(self, data=f"{self.data}\n\n{other.instructions}\n\n{other.data}")

    def is_recited_in(self, text: str) -> bool:
        """Tell whether a text quotes the instructions word for word."""
        starts = range(0, max(len(text) - RECITED, 0) + 1, RECITED // 3)
        return len(text) >= RECITED and any(
            text[start : start + RECITED] in self.instructions for start in starts
        )


@dataclass(frozen=True, slots=True)
class _PromptTemplate:
    version: str
    instructions: Template
    data: Template
    placeholders: frozenset[str]


def load_templates() -> None:
    """Load all templates, so that no question has to wait for it."""
    for path in FOLDER.glob("*.md"):
        _load(path.stem)


def render(name: str, **values: str) -> Prompt:
    """Fill a template. Raises `KeyError` for a missing value, `ValueError` for a surplus one."""
    template = _load(name)
    if surplus := values.keys() - template.placeholders:
        raise ValueError(f"The prompt {name!r} has no placeholder {', '.join(sorted(surplus))}.")
    safe = {placeholder: neutralize(value) for placeholder, value in values.items()}
    data = template.data.substitute(safe).strip()
    return Prompt(name, template.version, template.instructions.substitute(safe), data)


def neutralize(text: str) -> str:
    """Remove invisible characters, and brackets that could close or open a data fence."""
    visible = text.translate(_INVISIBLE_ASCII) if text.isascii() else _INVISIBLE.sub("", text)
    return _FENCE_START.sub("‹", visible) if "<" in visible or "＜" in visible else visible


@cache
def _load(name: str) -> _PromptTemplate:
    text = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    instructions_text, data_text = text.split(DIVIDER)
    version = f"{name}@{sha256(text.encode()).hexdigest()[:8]}"
    instructions, data = Template(instructions_text.strip()), Template(data_text)
    placeholders = frozenset((*instructions.get_identifiers(), *data.get_identifiers()))
    return _PromptTemplate(version, instructions, data, placeholders)


DIALECTS: dict[Dialect, str] = {
    "postgres": "PostgreSQL",
    "sqlite": "SQLite",
    "mysql": "MySQL",
    "duckdb": "DuckDB",
}
STRATEGY_TEMPLATES: dict[Strategy, str] = {"divide": "strategy_divide", "plan": "strategy_plan"}


def understand_prompt(
    question: str, memory: Memory, schema: SchemaMap, today: date, with_rows: bool
) -> Prompt:
    """Build the prompt that interprets a question; without rows, replies worded from rows are left out."""
    sharing = SharingPolicy.of(schema, with_rows)
    return render(
        "understand",
        tables=format_tables(schema),
        today=_format_day(today),
        conversation=format_conversation(memory, sharing.may_share),
        question=question,
    )


def draft_prompt(context: DraftContext, with_rows: bool) -> Prompt:
    """Build the prompt that drafts a query, by the strategy of the context."""
    sharing = SharingPolicy.of(context.schema, with_rows)
    prompt = render(
        "draft",
        dialect=DIALECTS[context.schema.catalog.dialect],
        documents=format_documents(context.retrieval),
        joins=format_joins(context.retrieval),
        today=_format_day(context.today),
        conversation=format_conversation(context.memory, sharing.may_share),
        values=format_values(context.retrieval),
        terms=format_terms(context.retrieval),
        examples=format_examples(context.retrieval),
        question=context.intent.question,
        plan=format_plan(context.intent),
        attempts=format_attempts(context.setbacks, sharing.may_share),
    )
    if context.strategy not in STRATEGY_TEMPLATES:
        return prompt
    strategy = render(STRATEGY_TEMPLATES[context.strategy], question=context.intent.question)
    return replace(prompt.followed_by(strategy), version=f"{prompt.version}+{strategy.version}")


def rows_prompt(context: AnswerContext, rows: Rows) -> Prompt:
    """Build the prompt that words an answer from rows."""
    draft = context.draft
    reading = [draft.reading, *draft.assumptions] if draft else []
    count = f"the first {len(rows)}, of more" if rows.truncated else f"{len(rows)}, which is all of them"
    return render(
        "narrate",
        question=context.intent.question,
        reading="\n".join(line for line in [*reading, *context.intent.assumptions] if line) or NOTHING,
        row_count=count,
        rows=format_rows(rows),
    )


def describe_prompt(context: AnswerContext) -> Prompt:
    """Build the prompt that describes the database."""
    return render("describe", tables=format_tables(context.schema), question=context.intent.question)


def _format_day(today: date) -> str:
    return f"{today:%A}, {today.isoformat()}"

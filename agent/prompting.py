"""The prompts of the language-model analyst, filled with what a task or a story holds."""

from dataclasses import replace
from datetime import date

from agent.analyst import Frame, Memory, Story, Task
from agent.briefing import (
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
from agent.prompts import Prompt, render
from schema_docs.discretion import Discretion
from schema_docs.schema_map import SchemaMap
from store.catalog import Dialect
from store.rows import Rows

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

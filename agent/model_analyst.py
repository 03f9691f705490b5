"""The analyst that asks a language model: understands, drafts and narrates through prompts."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date

from langchain_core.language_models import BaseChatModel

from agent.analyst import Draft, Intent, Memory, Story, Task
from agent.briefing import (
    NOTHING,
    conversation_in_words,
    joins_in_words,
    pages_in_words,
    rows_in_words,
    tables_in_words,
    tries_in_words,
    values_in_words,
)
from agent.errors import AnalystConfused
from agent.forms import Understanding, Writing
from agent.manner import Manner
from agent.model_stream import ModelStream
from agent.plain_words import plain
from agent.prompts import Prompt, render
from agent.same_query import tried_before
from agent.structured import StructuredModel
from agent.wording import REFUSED, UNCLEAR, closing_words, cut_off, rows_without_a_model
from schema_docs.schema_map import SchemaMap
from store.catalog import Dialect
from store.rows import Rows

DIALECTS: dict[Dialect, str] = {"postgres": "PostgreSQL", "sqlite": "SQLite"}
MOST_FOLLOW_UPS = 3
MOST_CHOICES = 4


class ModelAnalyst:
    """A language model as an analyst. Keeps nothing between turns, so many conversations share it."""

    def __init__(self, model: BaseChatModel, name: str = "model", manner: Manner | None = None) -> None:
        self.name = name
        self._manner = manner or Manner()
        self._forms = StructuredModel(model, self._manner)
        self._voice = ModelStream(model, self._manner)

    async def understand(self, question: str, memory: Memory, schema: SchemaMap, today: date) -> Intent:
        """Say what is being asked, with what the conversation supplies filled in."""
        prompt = render(
            "understand",
            today=_day(today),
            tables=tables_in_words(schema),
            conversation=conversation_in_words(memory),
            question=question,
        )
        understood = await self._forms.fill(prompt, Understanding)
        if prompt.recited_in(understood.reply):
            understood = understood.model_copy(update={"reply": ""})
        return _intent(understood, question)

    async def draft(self, task: Task) -> Draft | Intent:
        """Write one query that was not tried before, or ask back."""
        prompt = _draft_prompt(task)
        writing = await self._forms.fill(prompt, Writing)
        dialect = task.schema.catalog.dialect
        if tried := tried_before(writing.sql, task.setbacks, dialect):
            writing = await self._forms.fill(
                prompt.followed_by(render("try_another", tried=tried.sql)), Writing
            )
            if tried := tried_before(writing.sql, task.setbacks, dialect):
                # Whoever compares drafts by their text sees that this one has had its chance.
                writing = writing.model_copy(update={"sql": tried.sql})
        if not writing.sql.strip():
            return _asked_back(writing, task.intent)
        return self._draft(writing, prompt)

    async def narrate(self, story: Story) -> AsyncIterator[str]:
        """Put the ending into words, as the model makes them where words have to be found."""
        if story.outcome in ("answered", "empty") and story.rows is not None:
            async for words in self._told(story, story.rows):
                yield words
        elif story.outcome == "described":
            async for words in self._described(story):
                yield words
        else:
            yield plain(closing_words(story))

    async def suggest(self, story: Story) -> tuple[str, ...]:
        """Offer what the draft already thought of: no call of its own."""
        return story.draft.follow_ups if story.draft else ()

    async def _told(self, story: Story, rows: Rows) -> AsyncIterator[str]:
        said = False
        if self._manner.rows_to_model:
            async for words in self._voice.words(_rows_prompt(story, rows)):
                said = True
                yield words
        if not said:
            yield plain(rows_without_a_model(rows))
        if rows.truncated:
            yield f"\n\n{cut_off(rows)}"

    async def _described(self, story: Story) -> AsyncIterator[str]:
        said = False
        prompt = render("describe", tables=tables_in_words(story.schema), question=story.intent.question)
        async for words in self._voice.words(prompt):
            said = True
            yield words
        if not said:
            raise AnalystConfused("The language model said nothing.")

    def _draft(self, writing: Writing, prompt: Prompt) -> Draft:
        return Draft(
            sql=writing.sql.strip(),
            reading=plain(writing.reading),
            assumptions=tuple(map(plain, writing.assumptions)),
            confidence=writing.confidence,
            analyst=self.name,
            follow_ups=tuple(map(plain, writing.follow_ups[:MOST_FOLLOW_UPS])),
            prompt=prompt.version,
        )


def _intent(understood: Understanding, asked: str) -> Intent:
    """An understanding as the graph knows it; what a model left out is made up for."""
    question = understood.question.strip() or asked
    match understood.kind:
        case "write":
            return Intent("write", question, plain(understood.reply) or REFUSED)
        case "smalltalk":
            return Intent("smalltalk", question, plain(understood.reply) or None)
        case "unclear":
            return Intent(
                "unclear", question, plain(understood.reply) or UNCLEAR, _choices(understood.choices)
            )
        case kind:
            return Intent(kind, question)


def _asked_back(writing: Writing, intent: Intent) -> Intent:
    return replace(
        intent, kind="unclear", reply=plain(writing.ask_back) or UNCLEAR, choices=_choices(writing.choices)
    )


def _choices(choices: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(plain, choices[:MOST_CHOICES]))


def _draft_prompt(task: Task) -> Prompt:
    return render(
        "draft",
        dialect=DIALECTS[task.schema.catalog.dialect],
        pages=pages_in_words(task.found),
        joins=joins_in_words(task.found),
        values=values_in_words(task.found),
        conversation=conversation_in_words(task.memory),
        tries=tries_in_words(task.setbacks),
        today=_day(task.today),
        question=task.intent.question,
    )


def _rows_prompt(story: Story, rows: Rows) -> Prompt:
    draft = story.draft
    understood = [draft.reading, *draft.assumptions] if draft else []
    count = f"the first {len(rows)}, of more" if rows.truncated else f"{len(rows)}, which is all of them"
    return render(
        "narrate",
        question=story.intent.question,
        reading="\n".join(line for line in understood if line) or NOTHING,
        row_count=count,
        rows=rows_in_words(rows),
    )


def _day(today: date) -> str:
    return f"{today:%A}, {today.isoformat()}"

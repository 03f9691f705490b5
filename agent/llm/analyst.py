"""The analyst that asks a language model: understands, drafts and narrates through prompts."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date

from langchain_core.language_models import BaseChatModel

from agent.analyst import Draft, Frame, Intent, Memory, Story, Task
from agent.errors import AnalystConfused
from agent.llm.options import Manner
from agent.llm.output_schemas import Understanding, Writing, asked_back, draft_of, intent_of, title_of
from agent.llm.prompts import (
    Prompt,
    describe_prompt,
    draft_prompt,
    read_prompts,
    render,
    rows_prompt,
    understand_prompt,
)
from agent.llm.streaming import ModelStream
from agent.llm.structured import StructuredModel
from agent.results.messages import closing_words, cut_off, rows_without_a_model
from agent.results.sanitizer import plain
from agent.results.sql_fingerprint import tried_before
from schema_docs.privacy import Discretion
from schema_docs.schema_map import SchemaMap
from store.rows import Rows


class ModelAnalyst:
    """A language model as an analyst. Keeps nothing between turns, so many conversations share it.

    A `small` model, where there is one, understands the questions; the other one drafts and narrates.
    """

    frames: tuple[Frame, ...] = ("direct", "divide", "plan")

    def __init__(
        self,
        model: BaseChatModel,
        name: str = "model",
        manner: Manner | None = None,
        small: tuple[BaseChatModel, str] | None = None,
    ) -> None:
        self.name = name
        self._manner = manner or Manner()
        self._forms = StructuredModel(model, self._manner, name)
        self._ear = StructuredModel(small[0], self._manner, small[1]) if small else self._forms
        self._voice = ModelStream(model, self._manner, name)

    def warm(self) -> None:
        """Make what the first question would have to wait for; nothing is sent."""
        read_prompts()
        self._ear.warm(Understanding)
        self._forms.warm(Writing)

    async def understand(self, question: str, memory: Memory, schema: SchemaMap, today: date) -> Intent:
        """Say what is being asked, with what the conversation supplies filled in."""
        prompt = understand_prompt(question, memory, schema, today, self._manner.rows_to_model)
        understood = await self._ear.fill(prompt, Understanding)
        intent = intent_of(understood, question, prompt)
        return intent if memory.turns else replace(intent, title=title_of(understood, prompt))

    async def draft(self, task: Task) -> Draft | Intent:
        """Write one query that was not tried before, or ask back."""
        prompt = draft_prompt(task, self._manner.rows_to_model)
        writing = await self._untried(task, prompt)
        if not writing.sql.strip():
            return asked_back(writing, task.intent, prompt)
        return draft_of(writing, self.name, prompt)

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

    async def _untried(self, task: Task, prompt: Prompt) -> Writing:
        """Have a query written; one that was tried before is asked for once more, as another one."""
        writing = await self._forms.fill(prompt, Writing)
        dialect = task.schema.catalog.dialect
        if tried := tried_before(writing.sql, task.setbacks, dialect):
            another = prompt.followed_by(render("try_another", tried=tried.sql))
            writing = await self._forms.fill(another, Writing)
            if tried := tried_before(writing.sql, task.setbacks, dialect):
                # Whoever compares drafts by their text sees that this one has had its chance.
                return writing.model_copy(update={"sql": tried.sql})
        return writing

    async def _told(self, story: Story, rows: Rows) -> AsyncIterator[str]:
        said = False
        discretion = Discretion.over(story.schema, self._manner.rows_to_model)
        if discretion.lets_out(story.draft.sql if story.draft else None):
            async for words in self._voice.words(rows_prompt(story, rows)):
                said = True
                yield words
        if not said:
            yield plain(rows_without_a_model(rows))
        if rows.truncated:
            yield f"\n\n{cut_off(rows)}"

    async def _described(self, story: Story) -> AsyncIterator[str]:
        said = False
        async for words in self._voice.words(describe_prompt(story)):
            said = True
            yield words
        if not said:
            raise AnalystConfused("The language model said nothing.")

"""Language-model analyst: understands, drafts and narrates by prompting a chat model."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date

from langchain_core.language_models import BaseChatModel

from agent.analyst import AnswerContext, Draft, DraftContext, Intent, Memory, Strategy
from agent.errors import InvalidModelOutput
from agent.llm.budget import LlmBudget
from agent.llm.options import LlmOptions
from agent.llm.output_schemas import (
    DraftOutput,
    IntentOutput,
    to_clarification,
    to_draft,
    to_intent,
    to_title,
)
from agent.llm.prompts import (
    Prompt,
    describe_prompt,
    draft_prompt,
    load_templates,
    render,
    rows_prompt,
    understand_prompt,
)
from agent.llm.streaming import TextGenerator
from agent.llm.structured import StructuredModel
from agent.results.messages import closing_text, describe_rows, truncation_notice
from agent.results.sanitizer import sanitize
from agent.results.sql_fingerprint import find_repeated
from schema_docs.privacy import SharingPolicy
from schema_docs.schema_map import SchemaMap
from store.rows import Rows


class ModelAnalyst:
    """Analyst on top of a chat model; stateless, so all conversations share one.

    If a `small` model is given (with its name), it understands the questions; `model` drafts and narrates.
    """

    strategies: tuple[Strategy, ...] = ("direct", "divide", "plan")

    def __init__(
        self,
        model: BaseChatModel,
        name: str = "model",
        options: LlmOptions | None = None,
        small: tuple[BaseChatModel, str] | None = None,
    ) -> None:
        self.name = name
        self._options = options or LlmOptions()
        self._drafting = StructuredModel(model, self._options, name)
        self._understanding = StructuredModel(small[0], self._options, small[1]) if small else self._drafting
        self._narrating = TextGenerator(model, self._options, name)

    def warm(self) -> None:
        """Prepare what the first question would have to wait for; nothing is sent."""
        load_templates()
        self._understanding.warm(IntentOutput)
        self._drafting.warm(DraftOutput)

    async def understand(
        self, question: str, memory: Memory, schema: SchemaMap, today: date, budget: LlmBudget
    ) -> Intent:
        """Interpret the question, completed with what the conversation supplies."""
        prompt = understand_prompt(question, memory, schema, today, self._options.rows_to_model)
        output = await self._understanding.generate(prompt, IntentOutput, budget)
        intent = to_intent(output, question, prompt)
        return intent if memory.turns else replace(intent, title=to_title(output, prompt))

    async def draft(self, context: DraftContext) -> Draft | Intent:
        """Write one query that was not tried before, or ask for clarification."""
        prompt = draft_prompt(context, self._options.rows_to_model)
        output = await self._generate_new(context, prompt)
        if not output.sql.strip():
            return to_clarification(output, context.intent, prompt)
        return to_draft(output, self.name, prompt)

    async def narrate(self, context: AnswerContext) -> AsyncIterator[str]:
        """Stream the answer; outcomes without rows or schema are worded without the model."""
        if context.outcome in ("answered", "empty") and context.rows is not None:
            async for text in self._narrate_rows(context, context.rows):
                yield text
        elif context.outcome == "schema_answer":
            async for text in self._describe_schema(context):
                yield text
        else:
            yield sanitize(closing_text(context))

    async def suggest(self, context: AnswerContext) -> tuple[str, ...]:
        """Return the follow-up questions of the draft; makes no call of its own."""
        return context.draft.follow_ups if context.draft else ()

    async def _generate_new(self, context: DraftContext, prompt: Prompt) -> DraftOutput:
        """Generate a query; if it repeats a failed one, ask once more for a different one."""
        output = await self._drafting.generate(prompt, DraftOutput, context.budget)
        dialect = context.schema.catalog.dialect
        if repeated := find_repeated(output.sql, context.setbacks, dialect):
            retry = prompt.followed_by(render("different_query", repeated=repeated.sql))
            output = await self._drafting.generate(retry, DraftOutput, context.budget)
            if repeated := find_repeated(output.sql, context.setbacks, dialect):
                # The exact text of the failed query, because the graph compares drafts by their text.
                return output.model_copy(update={"sql": repeated.sql})
        return output

    async def _narrate_rows(self, context: AnswerContext, rows: Rows) -> AsyncIterator[str]:
        answered = False
        sharing = SharingPolicy.of(context.schema, self._options.rows_to_model)
        if sharing.may_share(context.draft.sql if context.draft else None):
            async for text in self._narrating.stream(rows_prompt(context, rows), context.budget):
                answered = True
                yield text
        if not answered:
            yield sanitize(describe_rows(rows))
        if rows.truncated:
            yield f"\n\n{truncation_notice(rows)}"

    async def _describe_schema(self, context: AnswerContext) -> AsyncIterator[str]:
        answered = False
        async for text in self._narrating.stream(describe_prompt(context), context.budget):
            answered = True
            yield text
        if not answered:
            raise InvalidModelOutput("The language model gave an empty answer.")

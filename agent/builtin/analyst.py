"""Built-in analyst: a deterministic text-to-SQL parser that needs no language model and no network."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from datetime import date
from threading import Lock
from typing import TypeVar

from agent.analyst import AnswerContext, Draft, DraftContext, Intent, Memory, Strategy, Turn
from agent.builtin import small_talk
from agent.builtin.clarification import chosen_reading, request_clarification, resolve_clarification
from agent.builtin.confidence import THRESHOLD
from agent.builtin.deadline import CpuDeadline, QuestionTooComplex
from agent.builtin.example_matching import EXAMPLE_NOTICE, match_example
from agent.builtin.followup.detection import is_follow_up, is_short_measure_question
from agent.builtin.grammar.interpret import (
    Interpretation,
    InterpretRequest,
    interpret,
    interpret_alternatives,
)
from agent.builtin.linking.segmentation import Similarity
from agent.builtin.nlg.answer import describe_plan, describe_result
from agent.builtin.plan.model import Plan, dump_plan, load_plan
from agent.builtin.schema.model import Schema, build_schema
from agent.builtin.suggestions import suggest_follow_ups
from agent.llm.budget import LlmBudget
from agent.results.messages import describe_rows
from schema_docs.schema_map import SchemaMap

Result = TypeVar("Result")

# Schema models are large and few; the oldest is evicted first.
MAX_SCHEMAS = 32
# Threads that understand questions. More would not be faster, as they share one interpreter lock.
MAX_THREADS = 2
TOO_COMPLEX = "The question is too long or too complex to understand; please shorten it."


class BuiltinAnalyst:
    """Text-to-SQL analyst: links words to the schema, parses them into a query plan, and prints SQL."""

    name = "builtin"
    strategies: tuple[Strategy, ...] = ("direct",)

    def __init__(
        self,
        similarity: Similarity | None = None,
        threshold: float = THRESHOLD,
        clock: Callable[[], float] = time.thread_time,
    ) -> None:
        """Create an analyst that asks for clarification below the `threshold` of confidence (0 to 1).

        `similar` rates the similarity of two words from 0 to 1; without it only listed synonyms match.
        `clock` returns the CPU time of the calling thread in seconds.
        """
        self._word_similarity = similarity
        self._threshold = threshold
        self._clock = clock
        self._schemas: dict[tuple[str, int], Schema] = {}
        self._schemas_lock = Lock()
        # Idle threads end when the analyst is garbage-collected.
        self._threads = ThreadPoolExecutor(MAX_THREADS, thread_name_prefix="analyst")

    async def understand(
        self, question: str, memory: Memory, schema: SchemaMap, today: date, budget: LlmBudget | None = None
    ) -> Intent:
        """Classify the question, and resolve follow-ups and answers to a clarification.

        This takes CPU time and runs in a thread, so that the event loop serves other clients meanwhile.
        """
        text = " ".join(question.split())
        too_complex = Intent("unclear", text, reply=TOO_COMPLEX)
        return await self._run_in_thread(lambda: self._classify(text, memory, schema, today), too_complex)

    async def draft(self, task: DraftContext) -> Draft | Intent:
        """Write one query, or return an `unclear` intent that names the words not understood."""
        too_complex = replace(task.intent, kind="unclear", reply=TOO_COMPLEX)
        return await self._run_in_thread(lambda: self._write_draft(task), too_complex)

    async def _run_in_thread(self, work: Callable[[], Result], too_complex: Intent) -> Result | Intent:
        def run() -> Result | Intent:
            try:
                return work()
            except QuestionTooComplex:
                return too_complex

        return await asyncio.get_running_loop().run_in_executor(self._threads, copy_context().run, run)

    def _classify(self, text: str, memory: Memory, schema: SchemaMap, today: date) -> Intent:
        model = self._schema_model(schema)
        if not any(letter.isalnum() for letter in text):
            return Intent("unclear", text, reply="What would you like to know?")
        if small_talk.is_write_request(text):
            return Intent("write", text, reply=small_talk.REFUSAL)
        if greeting := small_talk.small_talk_reply(text, model):
            return Intent("small_talk", text, reply=greeting)
        previous_turn = _last_planned_turn(memory)
        if previous_turn and small_talk.asks_for_explanation(text):
            return Intent("schema", text, reply=_explain_answer(previous_turn, model))
        if description := small_talk.describe_schema(text, model):
            return Intent("schema", text, reply=description)
        if memory.turns and _awaits_clarification(memory.turns[-1]):
            return resolve_clarification(memory.turns[-1], text)
        if previous_turn and (
            is_follow_up(text)
            or (is_short_measure_question(text) and self._has_same_entity(previous_turn, text, model, today))
        ):
            return Intent("data", f"{previous_turn.standalone} – {text}", original_question=text)
        return Intent("data", text)

    def _write_draft(self, task: DraftContext) -> Draft | Intent:
        schema = self._schema_model(task.schema)
        if example := match_example(task):
            notice = EXAMPLE_NOTICE.format(example.question)
            return Draft(example.sql, assumptions=(notice,), analyst=self.name)
        if chosen_interpretation := chosen_reading(task.intent, schema):
            return self._to_draft(chosen_interpretation, schema)
        request = self._interpret_request(task, schema)
        interpretation = self._interpret(task, request)
        if interpretation.sql is None or interpretation.confidence < self._threshold:
            return request_clarification(
                task.intent, [interpretation, *interpret_alternatives(request, interpretation)], schema
            )
        return self._to_draft(interpretation, schema)

    def _to_draft(self, interpretation: Interpretation, schema: Schema) -> Draft:
        assert interpretation.plan is not None
        assert interpretation.sql is not None
        return Draft(
            interpretation.sql,
            reading=describe_plan(interpretation.plan, schema),
            assumptions=interpretation.assumptions,
            plan=dump_plan(interpretation.plan),
            confidence=interpretation.confidence,
            analyst=self.name,
        )

    async def narrate(self, context: AnswerContext) -> AsyncIterator[str]:
        """Stream the answer text, line by line."""
        schema = self._schema_model(context.schema)
        for piece in _answer_text(context, schema).splitlines(keepends=True):
            yield piece

    async def suggest(self, context: AnswerContext) -> tuple[str, ...]:
        """Suggest up to three follow-up questions."""
        schema = self._schema_model(context.schema)
        plan = load_plan(context.draft.plan) if context.draft and context.draft.plan else None
        return suggest_follow_ups(plan, schema)

    def _has_same_entity(self, previous_turn: Turn, question: str, schema: Schema, today: date) -> bool:
        """Check whether a short question has the entity of the previous one, which had conditions."""
        previous_plan = _turn_plan(previous_turn)
        deadline = CpuDeadline(clock=self._clock)
        standalone_plan = interpret(InterpretRequest(question, schema, (), today, deadline=deadline)).plan
        return bool(
            previous_plan
            and standalone_plan
            and previous_plan.where
            and previous_plan.entity == standalone_plan.entity
        )

    def _schema_model(self, schema: SchemaMap) -> Schema:
        key = schema.connection, schema.version
        with self._schemas_lock:
            model = self._schemas.get(key)
        if model is None or (model.map is not schema and model.map != schema):
            # Not under the lock: that would make the event loop wait. Two threads may build the same model.
            model = build_schema(schema, self._word_similarity)
            with self._schemas_lock:
                while len(self._schemas) >= MAX_SCHEMAS:
                    self._schemas.pop(next(iter(self._schemas)))
                self._schemas[key] = model
        return model

    def _interpret_request(self, task: DraftContext, schema: Schema) -> InterpretRequest:
        """Build the interpreter's input: a follow-up edits the previous plan, other questions stand alone."""
        previous_plan = _turn_plan(_last_planned_turn(task.memory)) if task.intent.original_question else None
        question = (
            task.intent.original_question
            if previous_plan and task.intent.original_question
            else task.intent.question
        )
        deadline = CpuDeadline(clock=self._clock)
        return InterpretRequest(question, schema, task.retrieval.values, task.today, previous_plan, deadline)

    def _interpret(self, task: DraftContext, request: InterpretRequest) -> Interpretation:
        interpretation = interpret(request)
        if request.previous_plan is not None:
            if interpretation.sql and interpretation.confidence >= self._threshold:
                return interpretation
            return _more_confident(interpretation, interpret(replace(request, previous_plan=None)))
        previous_plan = _turn_plan(_last_planned_turn(task.memory))
        if previous_plan is None or (interpretation.sql and interpretation.confidence >= self._threshold):
            return interpretation
        return _more_confident(interpretation, interpret(replace(request, previous_plan=previous_plan)))


def _more_confident(first: Interpretation, second: Interpretation) -> Interpretation:
    return second if second.sql and second.confidence > first.confidence else first


def _last_planned_turn(memory: Memory) -> Turn | None:
    """Find the turn that a follow-up edits; None if this analyst did not write the last query."""
    turns = (turn for turn in reversed(memory.turns) if turn.outcome != "unclear" and (turn.plan or turn.sql))
    turn_ = next(turns, None)
    return turn_ if turn_ and turn_.plan else None


def _awaits_clarification(turn: Turn) -> bool:
    """Tell whether the next message answers a question of the analyst; a refusal does not await an answer."""
    return turn.outcome == "unclear" and turn.reply.strip() != TOO_COMPLEX


def _turn_plan(turn: Turn | None) -> Plan | None:
    """Load the plan of a turn; None if another analyst or another version wrote it."""
    try:
        return load_plan(turn.plan) if turn and turn.plan else None
    except ValueError:
        return None


def _explain_answer(turn: Turn, schema: Schema) -> str:
    plan = _turn_plan(turn)
    description = describe_plan(plan, schema) if plan else turn.standalone
    return f"I understood your question as: the {description}. The query was:\n{turn.sql or '–'}"


def _answer_text(context: AnswerContext, schema: Schema) -> str:
    if context.intent.reply and context.outcome in {"schema_answer", "small_talk", "refused", "unclear"}:
        return context.intent.reply
    plan = load_plan(context.draft.plan) if context.draft and context.draft.plan else None
    if plan and context.rows is not None and context.outcome in {"answered", "empty"}:
        text = describe_result(plan, context.rows, schema)
        assumptions = context.draft.assumptions if context.draft else ()
        return text + (" " + " ".join(assumptions) if assumptions else "")
    if context.outcome == "refused":
        return small_talk.REFUSAL
    if context.rows is not None:
        text = describe_rows(context.rows).removesuffix(".")
        return " ".join([f"{text}.", *(context.draft.assumptions if context.draft else ())])
    return "I could not answer this: none of the queries I tried could be run."

"""The built-in analyst: words to plan to SQL, without a model, without a network, always the same."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date

from agent.analyst import Draft, Frame, Intent, Memory, Story, Task, Turn
from agent.builtin import small_talk
from agent.builtin.clarification import answered, ask_back, chosen_reading
from agent.builtin.confidence import THRESHOLD
from agent.builtin.example_matching import FROM_EXAMPLE, by_example
from agent.builtin.followup.detection import asks_shortly, leans
from agent.builtin.grammar.interpret import Reading, Words, read, read_others
from agent.builtin.linking.segmentation import Similar
from agent.builtin.nlg.answer import reading, reply
from agent.builtin.plan.model import Plan, dump, load
from agent.builtin.schema.model import Schema, derive
from agent.builtin.suggestions import suggest_next
from agent.results.messages import rows_without_a_model
from schema_docs.schema_map import SchemaMap

# Maps are large and few; the oldest goes first.
MOST_SCHEMAS = 32


class BuiltinAnalyst:
    """Links the words of a question to the schema, parses them into a plan, and prints it as SQL."""

    name = "builtin"
    frames: tuple[Frame, ...] = ("direct",)

    def __init__(self, similar: Similar | None = None, threshold: float = THRESHOLD) -> None:
        """`similar` says how alike two words are, from 0 to 1; without it only known synonyms count.

        Below the `threshold` of confidence, 0 to 1, it asks back instead of answering.
        """
        self._similar = similar
        self._threshold = threshold
        self._schemas: dict[tuple[str, int], Schema] = {}

    async def understand(self, question: str, memory: Memory, schema: SchemaMap, today: date) -> Intent:
        """Say what is being asked, with what the conversation supplies filled in."""
        asked = " ".join(question.split())
        known = self._derived(schema)
        if not any(letter.isalnum() for letter in asked):
            return Intent("unclear", asked, reply="What would you like to know?")
        if small_talk.is_write(asked):
            return Intent("write", asked, reply=small_talk.REFUSAL)
        if said := small_talk.chat(asked, known):
            return Intent("smalltalk", asked, reply=said)
        last = _last_planned(memory)
        if last and small_talk.is_why(asked):
            return Intent("schema", asked, reply=_explain(last, known))
        if described := small_talk.describe(asked, known):
            return Intent("schema", asked, reply=described)
        if memory.turns and memory.turns[-1].outcome == "unclear":
            return answered(memory.turns[-1], asked)
        if last and (leans(asked) or (asks_shortly(asked) and self._same_subject(last, asked, known, today))):
            return Intent("data", f"{last.standalone} – {asked}", said=asked)
        return Intent("data", asked)

    async def draft(self, task: Task) -> Draft | Intent:
        """Write one query, or give an `unclear` intent back that says what could not be placed."""
        schema = self._derived(task.schema)
        if example := by_example(task):
            known = FROM_EXAMPLE.format(example.question)
            return Draft(example.sql, assumptions=(known,), analyst=self.name)
        if chosen := chosen_reading(task.intent, schema):
            return self._drafted(chosen, schema)
        understood = self._read(task, schema)
        if understood.sql is None or understood.confidence < self._threshold:
            words = self._words(task, schema)
            return ask_back(task.intent, [understood, *read_others(words, understood)], schema)
        return self._drafted(understood, schema)

    def _drafted(self, understood: Reading, schema: Schema) -> Draft:
        assert understood.plan is not None
        assert understood.sql is not None
        return Draft(
            understood.sql,
            reading=reading(understood.plan, schema),
            assumptions=understood.assumptions,
            plan=dump(understood.plan),
            confidence=understood.confidence,
            analyst=self.name,
        )

    async def narrate(self, story: Story) -> AsyncIterator[str]:
        """Put the ending into words, piece by piece."""
        schema = self._derived(story.schema)
        for piece in _narrated(story, schema).splitlines(keepends=True):
            yield piece

    async def suggest(self, story: Story) -> tuple[str, ...]:
        """Offer up to three questions that would follow on well."""
        schema = self._derived(story.schema)
        plan = load(story.draft.plan) if story.draft and story.draft.plan else None
        return suggest_next(plan, schema)

    def _same_subject(self, last: Turn, asked: str, schema: Schema, today: date) -> bool:
        """Whether a short question is about the same table as the last one, which had conditions."""
        before = _plan_of(last)
        alone = read(Words(asked, schema, (), today)).plan
        return bool(before and alone and before.where and before.entity == alone.entity)

    def _derived(self, schema: SchemaMap) -> Schema:
        key = schema.connection, schema.version
        if key not in self._schemas or (
            self._schemas[key].map is not schema and self._schemas[key].map != schema
        ):
            while len(self._schemas) >= MOST_SCHEMAS:
                self._schemas.pop(next(iter(self._schemas)))
            self._schemas[key] = derive(schema, self._similar)
        return self._schemas[key]

    def _words(self, task: Task, schema: Schema) -> Words:
        """What was said: a follow-up edits the last plan, anything else stands alone."""
        before = _plan_of(_last_planned(task.memory)) if task.intent.said else None
        said = task.intent.said if before and task.intent.said else task.intent.question
        return Words(said, schema, task.found.values, task.today, before)

    def _read(self, task: Task, schema: Schema) -> Reading:
        words = self._words(task, schema)
        first = read(words)
        if words.before is not None:
            if first.sql and first.confidence >= self._threshold:
                return first
            return _surer(first, read(replace(words, before=None)))
        before = _plan_of(_last_planned(task.memory))
        if before is None or (first.sql and first.confidence >= self._threshold):
            return first
        return _surer(first, read(replace(words, before=before)))


def _surer(one: Reading, other: Reading) -> Reading:
    return other if other.sql and other.confidence > one.confidence else one


def _last_planned(memory: Memory) -> Turn | None:
    """The turn that a follow-up edits; None where the last query was not read from words by us."""
    turns = (turn for turn in reversed(memory.turns) if turn.outcome != "unclear" and (turn.plan or turn.sql))
    last = next(turns, None)
    return last if last and last.plan else None


def _plan_of(turn: Turn | None) -> Plan | None:
    """The plan of a turn; None also where another version, or another analyst, wrote it."""
    try:
        return load(turn.plan) if turn and turn.plan else None
    except ValueError:
        return None


def _explain(turn: Turn, schema: Schema) -> str:
    plan = _plan_of(turn)
    said = reading(plan, schema) if plan else turn.standalone
    return f"I understood your question as: the {said}. The query was:\n{turn.sql or '–'}"


def _narrated(story: Story, schema: Schema) -> str:
    if story.intent.reply and story.outcome in {"described", "chatted", "refused", "unclear"}:
        return story.intent.reply
    plan = load(story.draft.plan) if story.draft and story.draft.plan else None
    if plan and story.rows is not None and story.outcome in {"answered", "empty"}:
        said = reply(plan, story.rows, schema)
        assumed = story.draft.assumptions if story.draft else ()
        return said + (" " + " ".join(assumed) if assumed else "")
    if story.outcome == "refused":
        return small_talk.REFUSAL
    if story.rows is not None:
        said = rows_without_a_model(story.rows).removesuffix(".")
        return " ".join([f"{said}.", *(story.draft.assumptions if story.draft else ())])
    return "I could not answer this: no query that I tried would run."

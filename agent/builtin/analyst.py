"""The built-in analyst: words to plan to SQL, without a model, without a network, always the same."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from agent.analyst import Draft, Frame, Intent, Memory, Story, Task, Turn
from agent.builtin import converse
from agent.builtin.assemble import assemble
from agent.builtin.complete import NoJoin
from agent.builtin.confidence import THRESHOLD, confidence_of
from agent.builtin.followup import edit
from agent.builtin.grammar.ahead import begins_item
from agent.builtin.grammar.clauses import read_question
from agent.builtin.grammar.reader import Reader
from agent.builtin.leaning import adds, asks_shortly, leans
from agent.builtin.link import Linked, Similar
from agent.builtin.nearby import suggest_words, values_in
from agent.builtin.pieces import Piece
from agent.builtin.plan import Plan, dump, load
from agent.builtin.rank import AHEAD, variants
from agent.builtin.schema import Schema, derive
from agent.builtin.speak import reading, reply
from agent.builtin.suggestions import suggest_next
from schema_docs.found import FoundValue
from schema_docs.schema_map import SchemaMap

# Maps are large and few; the oldest goes first.
MOST_SCHEMAS = 32


@dataclass(frozen=True, slots=True)
class Reading:
    """One way of understanding a question."""

    plan: Plan | None
    sql: str | None
    confidence: float
    unplaced: tuple[str, ...]
    assumptions: tuple[str, ...]


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
        if converse.is_write(asked):
            return Intent("write", asked, reply=converse.REFUSAL)
        if said := converse.chat(asked, known):
            return Intent("smalltalk", asked, reply=said)
        last = _last_planned(memory)
        if last and converse.is_why(asked):
            return Intent("schema", asked, reply=_explain(last, known))
        if described := converse.describe(asked, known):
            return Intent("schema", asked, reply=described)
        if memory.turns and memory.turns[-1].outcome == "unclear":
            return _answered(memory.turns[-1], asked)
        if last and (leans(asked) or (asks_shortly(asked) and self._same_subject(last, asked, known, today))):
            return Intent("data", f"{last.standalone} – {asked}", said=asked)
        return Intent("data", asked)

    async def draft(self, task: Task) -> Draft | Intent:
        """Write one query, or give an `unclear` intent back that says what could not be placed."""
        schema = self._derived(task.schema)
        understood = self._read(task, schema)
        if understood.plan is None or understood.sql is None or understood.confidence < self._threshold:
            return _unclear(task, understood, schema)
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
        alone = read_alone(asked, schema, (), today).plan
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

    def _read(self, task: Task, schema: Schema) -> Reading:
        last = _last_planned(task.memory)
        values = task.found.values
        said = task.intent.said
        before = _plan_of(last)
        if before and said:
            edited = self._read_follow_up(said, before, schema, values, task.today)
            if edited.sql and edited.confidence >= self._threshold:
                return edited
            alone = read_alone(said, schema, values, task.today)
            return alone if alone.sql and alone.confidence > edited.confidence else edited
        alone = read_alone(task.intent.question, schema, values, task.today)
        if before and (alone.sql is None or alone.confidence < self._threshold):
            edited = self._read_follow_up(task.intent.question, before, schema, values, task.today)
            if edited.sql and edited.confidence > alone.confidence:
                return edited
        return alone

    def _read_follow_up(
        self, said: str, plan: Plan, schema: Schema, values: tuple[FoundValue, ...], today: date
    ) -> Reading:
        linked = _link(said, schema, values, today)
        reader = Reader(linked.pieces, schema, today, entity=plan.entity, focus=plan.entity, context=plan)
        reader.also = adds(said)
        reader.skip("and", "also", "but", "what", "filler", "comma", "show")
        if reader.sign("with") and begins_item(reader, 1):
            reader.at += 1
        read_question(reader)
        return _as_reading(edit(plan, reader, said), reader, schema)


def read_alone(question: str, schema: Schema, values: tuple[FoundValue, ...], today: date) -> Reading:
    """Read a question that stands alone."""
    linked = _link(question, schema, values, today)
    best = _read_pieces(linked.pieces, schema, today)
    for other in variants(linked.pieces, schema.facts):
        reading = _read_pieces(other, schema, today)
        if reading.sql and reading.confidence > best.confidence + AHEAD:
            best = reading
    return best


def _read_pieces(pieces: Sequence[Piece], schema: Schema, today: date) -> Reading:
    reader = Reader(pieces, schema, today)
    read_question(reader)
    return _as_reading(assemble(reader), reader, schema)


def read_with_reader(
    question: str, schema: Schema, values: tuple[FoundValue, ...], today: date
) -> tuple[Reader, Plan | None]:
    """As `read_alone`, with all that was seen on the way; for fitting the confidence."""
    reader = Reader(_link(question, schema, values, today).pieces, schema, today)
    read_question(reader)
    return reader, assemble(reader)


def _link(question: str, schema: Schema, values: tuple[FoundValue, ...], today: date) -> Linked:
    return schema.linker.link(question, values_in(question, values, schema), today)


def _as_reading(plan: Plan | None, reader: Reader, schema: Schema) -> Reading:
    sql = None
    assumptions = tuple(dict.fromkeys(reader.assumptions))
    if plan is not None:
        try:
            sql = schema.printer.print(plan)
            assumptions = (*assumptions, *schema.printer.assumptions(plan))
        except NoJoin:
            plan = None
    return Reading(plan, sql, confidence_of(reader, plan), tuple(reader.unplaced), assumptions)


def _last_planned(memory: Memory) -> Turn | None:
    return next((turn for turn in reversed(memory.turns) if turn.plan), None)


def _plan_of(turn: Turn | None) -> Plan | None:
    """The plan of a turn; None also where another version, or another analyst, wrote it."""
    try:
        return load(turn.plan) if turn and turn.plan else None
    except ValueError:
        return None


def _answered(asked_back: Turn, said: str) -> Intent:
    """What was said after asking back: a choice stands alone, a few words complete the question."""
    if len(said.split()) > 3:
        return Intent("data", said)
    return Intent("data", f"{asked_back.standalone.rstrip('?. ')} {said}")


def _explain(turn: Turn, schema: Schema) -> str:
    plan = _plan_of(turn)
    said = reading(plan, schema) if plan else turn.standalone
    return f"I understood your question as: the {said}. The query was:\n{turn.sql or '–'}"


def _unclear(task: Task, understood: Reading, schema: Schema) -> Intent:
    asked = replace(task.intent, kind="unclear", unplaced=understood.unplaced)
    if understood.unplaced:
        words = ", ".join(f"“{word}”" for word in understood.unplaced[:5])
        near = suggest_words(understood.unplaced, schema)
        hint = f" Do you mean {near}?" if near else " Could you put it in other words?"
        return replace(asked, reply=f"I could not place {words}.{hint}")
    if understood.plan is None:
        return replace(
            asked, reply="I could not find what this is about in the database. Which table do you mean?"
        )
    return replace(
        asked,
        reply=f"I am not sure that I understood. Do you mean the {reading(understood.plan, schema)}?",
    )


def _narrated(story: Story, schema: Schema) -> str:
    if story.intent.reply and story.outcome in {"described", "chatted", "refused", "unclear"}:
        return story.intent.reply
    plan = load(story.draft.plan) if story.draft and story.draft.plan else None
    if plan and story.rows is not None and story.outcome in {"answered", "empty"}:
        said = reply(plan, story.rows, schema)
        assumed = story.draft.assumptions if story.draft else ()
        return said + (" " + " ".join(assumed) if assumed else "")
    if story.outcome == "refused":
        return converse.REFUSAL
    if story.rows is not None:
        return f"The query gave {len(story.rows)} rows."
    return "I could not answer this: no query that I tried would run."

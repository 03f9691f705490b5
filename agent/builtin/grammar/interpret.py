"""Read a question, alone or as an edit of the last plan: the surest reading, and the others it may have."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from agent.builtin.confidence import confidence_of
from agent.builtin.followup.apply import edit
from agent.builtin.followup.detection import adds
from agent.builtin.grammar.lookahead import begins_item
from agent.builtin.grammar.parser import read_question
from agent.builtin.grammar.state import Reader
from agent.builtin.linking.spans import Piece
from agent.builtin.linking.suggestions import values_in
from agent.builtin.plan.builder import assemble
from agent.builtin.plan.join_planner import NoJoin
from agent.builtin.plan.model import Measure, Plan
from agent.builtin.schema.column_roles import Facts
from agent.builtin.schema.model import Schema
from agent.builtin.sql.printer import is_sound
from schema_docs.search.results import FoundValue

# How much surer another reading must be than the plain one.
AHEAD = 0.02
MOST_VARIANTS = 4
SURE = 0.92
# Asking back may take longer than answering, but not for ever.
MOST_OTHERS = 8
WORTH_ASKING = 0.5


def variants(pieces: Sequence[Piece], facts: Mapping[str, Facts]) -> Iterator[tuple[Piece, ...]]:
    """Other ways to take nouns that name a table and, as surely, a column elsewhere: the column instead."""
    found = 0
    for number, piece in enumerate(pieces):
        if found < MOST_VARIANTS and _may_be_column(piece, facts):
            found += 1
            column = replace(piece, refs=tuple(ref for ref in piece.refs if ref.kind != "table"))
            yield (*pieces[:number], column, *pieces[number + 1 :])


def _may_be_column(piece: Piece, facts: Mapping[str, Facts]) -> bool:
    if not piece.tables or piece.tables[0].score < SURE:
        return False
    return any(
        ref.score >= SURE and ref.column not in facts[ref.table].keys and ref.table != piece.tables[0].table
        for ref in piece.columns
    )


def others(pieces: Sequence[Piece]) -> Iterator[tuple[Piece, ...]]:
    """Other ways to take words that may mean several things: the next likeliest thing instead."""
    found = 0
    for number, piece in enumerate(pieces):
        rest = tuple(ref for ref in piece.refs if ref != piece.refs[0])
        if found < MOST_OTHERS and rest and rest[0].score > WORTH_ASKING:
            found += 1
            yield (*pieces[:number], replace(piece, refs=rest), *pieces[number + 1 :])


@dataclass(frozen=True, slots=True)
class Reading:
    """One way of understanding a question."""

    plan: Plan | None
    sql: str | None
    confidence: float
    unplaced: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """What was said, with all that reading it needs. `before` is the plan that a follow-up edits."""

    said: str
    schema: Schema
    values: tuple[FoundValue, ...]
    today: date
    before: Plan | None = None


def read(words: Words) -> Reading:
    """The surest reading."""
    pieces = _pieces(words)
    best = _read_pieces(words, pieces)
    if words.before is not None:
        return best
    for other in variants(pieces, words.schema.facts):
        found = _read_pieces(words, other)
        if found.sql and found.confidence > best.confidence + AHEAD:
            best = found
    return best


def read_others(words: Words, taken: Reading) -> list[Reading]:
    """Readings with another query than the one taken, the surest first."""
    pieces = _pieces(words)
    found = [_read_pieces(words, other) for other in others(pieces)]
    found += _near(words.schema, taken)
    by_query = {one.sql: one for one in sorted(found, key=lambda one: one.confidence) if one.sql != taken.sql}
    usable = [one for one in by_query.values() if one.sql]
    return sorted(usable, key=lambda one: -one.confidence)


def _near(schema: Schema, taken: Reading) -> Iterable[Reading]:
    """What else may be meant where words leave nothing open: without the last condition, or how many."""
    plan = taken.plan
    if plan is None:
        return
    if plan.where:
        yield printed(plan.with_(where=plan.where[:-1]), schema, taken)
    if not plan.group and not any(isinstance(item, Measure) for item in plan.show):
        count = Plan(plan.entity, (Measure("count", of=plan.entity),), where=plan.where, tables=plan.tables)
        yield printed(count, schema, taken)


def read_with_reader(
    question: str, schema: Schema, values: tuple[FoundValue, ...], today: date
) -> tuple[Reader, Plan | None]:
    """The plain reading with all that was seen on the way; for fitting the confidence."""
    pieces = _pieces(Words(question, schema, values, today))
    reader = Reader(pieces, schema, today)
    read_question(reader)
    return reader, assemble(reader)


def _pieces(words: Words) -> tuple[Piece, ...]:
    values = values_in(words.said, words.values, words.schema)
    return words.schema.linker.link(words.said, values, words.today).pieces


def _read_pieces(words: Words, pieces: Sequence[Piece]) -> Reading:
    before = words.before
    if before is None:
        reader = Reader(pieces, words.schema, words.today)
        read_question(reader)
        return _told(assemble(reader), reader, words.schema)
    reader = Reader(
        pieces, words.schema, words.today, entity=before.entity, focus=before.entity, context=before
    )
    reader.also = adds(words.said)
    reader.skip("and", "also", "but", "what", "filler", "comma", "show")
    if reader.sign("with") and begins_item(reader, 1):
        reader.at += 1
    read_question(reader)
    return _told(edit(before, reader, words.said), reader, words.schema)


def _told(plan: Plan | None, reader: Reader, schema: Schema) -> Reading:
    assumed = tuple(dict.fromkeys(reader.assumptions))
    told = Reading(plan, None, confidence_of(reader, plan), tuple(reader.unplaced), assumed)
    return printed(plan, schema, told)


def printed(plan: Plan | None, schema: Schema, told: Reading) -> Reading:
    """Print a plan; what else is told of it stays."""
    if plan is None:
        return Reading(None, None, 0.0, told.unplaced, told.assumptions)
    try:
        query = schema.printer.build(plan)
        assumptions = tuple(dict.fromkeys((*told.assumptions, *schema.printer.assumptions(plan))))
    except NoJoin:
        return Reading(None, None, 0.0, told.unplaced, told.assumptions)
    if not is_sound(query):
        return Reading(None, None, 0.0, told.unplaced, told.assumptions)
    return Reading(plan, schema.printer.write(query), told.confidence, told.unplaced, assumptions)

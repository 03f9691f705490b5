"""Interpreter of questions: the most confident plan for a question, and alternatives to ask back with.

A question is interpreted on its own, or as a follow-up that edits the previous plan.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice

from agent.builtin.confidence import confidence_of
from agent.builtin.deadline import UNLIMITED, CpuDeadline
from agent.builtin.followup.detection import adds_columns
from agent.builtin.followup.edits import apply_follow_up
from agent.builtin.grammar.lookahead import begins_item
from agent.builtin.grammar.parser import parse_question
from agent.builtin.grammar.state import ParserState, Sentence
from agent.builtin.linking.spans import Span
from agent.builtin.linking.suggestions import find_values
from agent.builtin.plan.builder import build_plan, resolve_implicit
from agent.builtin.plan.join_planner import NoJoinPath
from agent.builtin.plan.model import Measure, Plan
from agent.builtin.schema.column_roles import ColumnRoles
from agent.builtin.schema.model import Schema
from agent.builtin.sql.printer import has_valid_aggregation
from schema_docs.search.results import ValueMatch
from schema_docs.text.tokenizer import truncate

# A variant replaces the plain interpretation only if its confidence is higher by this much.
MIN_CONFIDENCE_GAIN = 0.02
MAX_VARIANTS = 4
SURE_SCORE = 0.92
# Alternatives are only parsed to ask back; each costs as much as the question itself.
MAX_ALTERNATIVES = 8
MIN_ALTERNATIVE_SCORE = 0.5
# Spans parsed over all variants, and over all alternatives: long questions have fewer of them.
MAX_PARSED_SPANS = 400


def column_variants(spans: Sequence[Span], roles: Mapping[str, ColumnRoles]) -> Iterator[tuple[Span, ...]]:
    """Yield variants in which a noun that names a table and a column equally well is taken for the column."""
    for position, span in enumerate(spans):
        if _may_be_column(span, roles):
            columns = tuple(match for match in span.matches if match.kind != "table")
            yield (*spans[:position], replace(span, matches=columns), *spans[position + 1 :])


def _may_be_column(span: Span, roles: Mapping[str, ColumnRoles]) -> bool:
    if not span.tables or span.tables[0].score < SURE_SCORE:
        return False
    return any(
        match.score >= SURE_SCORE
        and match.column not in roles[match.table].key_columns
        and match.table != span.tables[0].table
        for match in span.columns
    )


def second_choices(spans: Sequence[Span]) -> Iterator[tuple[Span, ...]]:
    """Yield variants in which an ambiguous span takes its next likeliest meaning."""
    for position, span in enumerate(spans):
        rest = tuple(match for match in span.matches if match != span.matches[0])
        if rest and rest[0].score > MIN_ALTERNATIVE_SCORE:
            yield (*spans[:position], replace(span, matches=rest), *spans[position + 1 :])


def _affordable(spans: Sequence[Span], limit: int) -> int:
    """Return how many variants of a question may be parsed."""
    return min(limit, MAX_PARSED_SPANS // max(len(spans), 1))


@dataclass(frozen=True, slots=True)
class Interpretation:
    """A plan for a question with its SQL and confidence, or the words that could not be placed."""

    plan: Plan | None
    sql: str | None
    confidence: float
    unplaced: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InterpretRequest:
    """A question with the schema, values and date needed to parse it.

    A follow-up carries the `previous_plan` that it edits.
    """

    question: str
    schema: Schema
    values: tuple[ValueMatch, ...]
    today: date
    previous_plan: Plan | None = None
    deadline: CpuDeadline = UNLIMITED


def interpret(request: InterpretRequest) -> Interpretation:
    """Interpret a question; the most confident variant wins. Raises `QuestionTooComplex`."""
    spans = _link(request)
    best = _interpret_spans(request, spans)
    if request.previous_plan is not None:
        return best
    variants = column_variants(spans, request.schema.roles)
    for variant in islice(variants, _affordable(spans, MAX_VARIANTS)):
        interpretation = _interpret_spans(request, variant)
        if interpretation.sql and interpretation.confidence > best.confidence + MIN_CONFIDENCE_GAIN:
            best = interpretation
    return best


def interpret_alternatives(request: InterpretRequest, chosen: Interpretation) -> list[Interpretation]:
    """Interpret a question in other ways that lead to another query, the most confident first."""
    spans = _link(request)
    variants = islice(second_choices(spans), _affordable(spans, MAX_ALTERNATIVES))
    alternatives = [_interpret_spans(request, variant) for variant in variants]
    alternatives += _edited_plans(request.schema, chosen)
    alternatives.sort(key=lambda alternative: alternative.confidence)
    by_query = {alternative.sql: alternative for alternative in alternatives if alternative.sql != chosen.sql}
    usable = [alternative for alternative in by_query.values() if alternative.sql]
    return sorted(usable, key=lambda alternative: -alternative.confidence)


def _edited_plans(schema: Schema, chosen: Interpretation) -> Iterable[Interpretation]:
    """Yield plans that may be meant though no word is ambiguous: without the last condition, or a count."""
    plan = chosen.plan
    if plan is None:
        return
    if plan.where:
        yield print_plan(plan.with_(where=plan.where[:-1]), schema, chosen)
    if not plan.group and not any(isinstance(item, Measure) for item in plan.select):
        count = Plan(
            plan.entity, (Measure("count", table=plan.entity),), where=plan.where, tables=plan.tables
        )
        yield print_plan(count, schema, chosen)


def parse_with_plan(
    question: str, schema: Schema, values: tuple[ValueMatch, ...], today: date
) -> tuple[ParserState, Plan | None]:
    """Parse a question and return the parser state beside the plan, to calibrate the confidence."""
    spans = _link(InterpretRequest(question, schema, values, today))
    state = resolve_implicit(parse_question(ParserState(Sentence(spans), schema, today)))
    return state, build_plan(state)


def _link(request: InterpretRequest) -> tuple[Span, ...]:
    question = truncate(request.question)
    values = find_values(question, request.values, request.schema)
    return request.schema.linker.link(question, values, request.today, request.deadline).spans


def _interpret_spans(request: InterpretRequest, spans: Sequence[Span]) -> Interpretation:
    request.deadline.check()
    state = ParserState(Sentence(tuple(spans)), request.schema, request.today, deadline=request.deadline)
    previous = request.previous_plan
    if previous is None:
        state = resolve_implicit(parse_question(state))
        plan = build_plan(state)
    else:
        state = parse_question(_begin_follow_up(state, previous, request.question))
        plan = apply_follow_up(previous, state, request.question)
    if truncate(request.question) != request.question:
        # The words that were cut off may change the meaning, so the confidence must suffer.
        state.mark_unplaced("…")
    evidence = state.evidence
    assumptions = tuple(dict.fromkeys(evidence.assumptions))
    confidence = confidence_of(state, plan)
    interpretation = Interpretation(plan, None, confidence, tuple(evidence.unplaced), assumptions)
    return print_plan(plan, request.schema, interpretation)


def _begin_follow_up(state: ParserState, previous: Plan, question: str) -> ParserState:
    """Continue with the entity of the previous plan, past `and`, `what about`."""
    selection = replace(state.selection, keeps_previous=adds_columns(question))
    state = replace(state, entity=previous.entity, previous_plan=previous, selection=selection)
    state = state.focus_on(previous.entity).skip("and", "also", "but", "what", "filler", "comma", "show")
    return state.advance() if state.find_word("with") and begins_item(state, 1) else state


def print_plan(plan: Plan | None, schema: Schema, interpretation: Interpretation) -> Interpretation:
    """Print a plan as SQL, keeping the confidence and assumptions of an interpretation.

    A plan without a join path or with invalid aggregation has neither plan nor SQL, and no confidence.
    """
    failure = Interpretation(None, None, 0.0, interpretation.unplaced, interpretation.assumptions)
    if plan is None:
        return failure
    try:
        query = schema.printer.build(plan)
        assumptions = tuple(dict.fromkeys((*interpretation.assumptions, *schema.printer.assumptions(plan))))
    except NoJoinPath:
        return failure
    if not has_valid_aggregation(query):
        return failure
    return replace(interpretation, plan=plan, sql=schema.printer.write(query), assumptions=assumptions)

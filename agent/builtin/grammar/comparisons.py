"""Comparisons: `more than 3 albums`, `older than 30`, `above the average price`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from agent.builtin.grammar.column_resolution import best_noun, choose_column
from agent.builtin.grammar.conditions import add_condition, resolve_pending_column
from agent.builtin.grammar.negation import end_anti_join
from agent.builtin.grammar.numeric_filters import implied_column, parse_compared_number
from agent.builtin.grammar.state import ParserState, Sentence, parse_rest
from agent.builtin.grammar.value_filters import add_value_condition
from agent.builtin.lexicon.function_words import FunctionWord
from agent.builtin.linking.spans import Span
from agent.builtin.plan.model import (
    AggregateFunction,
    ColumnRef,
    Comparison,
    ComparisonOperator,
    Measure,
    Plan,
)

_SOME = frozenset({"any", "some", "some of", "at least one"})
_QUANTIFIERS = _SOME | {"all", "every", "all the", "all of"}


def parse_comparison(state: ParserState) -> ParserState | None:
    """Parse a comparison with a number, a column, a value or an aggregate."""
    word = state.find_word("comparison")
    if not word and (word := _second_bound(state)):
        span = state.peek()
        alternative = span is not None and span.text.lower().startswith("or ")
        state = replace(state, clause=replace(state.clause, connective="or" if alternative else "and"))
    if not word:
        return None
    if parsed := _compare_with_previous_result(state, word):
        return parsed
    if not _operand_follows(state, 1):
        return None
    if ahead := _existence_ahead(state, word):
        return state.advance(ahead)
    state = state.advance().skip("pronoun", "than", "be")
    if not _has_quantifier(state):
        state = state.skip("determiner", "pronoun", "than", "be")
    return _parse_operand(state, word)


def _second_bound(state: ParserState) -> FunctionWord | None:
    """Return the comparison in `below 3 or above 5`, where a number follows `or above`."""
    word, following = state.find_word("trailing_comparison"), state.peek(1)
    if not word or not following or not following.number or not state.filters.where:
        return None
    return replace(word, value=word.value[0])


def _parse_operand(state: ParserState, word: FunctionWord) -> ParserState | None:
    op: ComparisonOperator = word.value  # type: ignore[assignment]  # the lexicon has only operators
    operand = state.peek()
    if state.find_word("aggregate"):
        return _compare_with_aggregate(state, op, word.criterion)
    if _has_quantifier(state):
        return _compare_with_extreme(state, op, word.criterion)
    if operand and operand.number:
        return parse_compared_number(state.advance(), op, operand.number.value, word.criterion)
    if operand and operand.period:
        return None
    number = state.peek(1)
    if operand and operand.columns and operand.is_noun and number and number.number and not number.is_noun:
        # `above age 46`
        state = state.with_column(choose_column(state, operand.matches)).advance(2)
        return parse_compared_number(state, op, number.number.value, word.criterion)
    if operand and operand.columns and operand.is_noun:
        return _compare_columns(state, operand, op, word.criterion)
    return _compare_with_value(state, op)


def _compare_columns(
    state: ParserState, operand: Span, op: ComparisonOperator, criterion: str
) -> ParserState:
    """Compare two columns: `an end date after the start date`."""
    first_column = state.clause.column or implied_column(state, criterion)
    second_column = choose_column(state, operand.matches)
    state = state.advance()
    if first_column and second_column and first_column != second_column:
        return add_condition(state, Comparison(first_column, op, second_column)).with_column(None)
    return state


def _existence_ahead(state: ParserState, word: FunctionWord) -> int:
    """Return how far ahead the noun of `at least one student` is, which only says that one exists; or 0."""
    ahead = state.skip_words("determiner", ahead=1)
    noun, article = state.peek(ahead), state.peek(ahead - 1)
    single = article is not None and article.text.lower() in {"a", "an", "one"}
    exists = word.value == ">=" and single and noun is not None and noun.is_noun and bool(noun.tables)
    return ahead if exists else 0


def _compare_with_previous_result(state: ParserState, word: FunctionWord) -> ParserState | None:
    """Compare with the previous answer, where it was one number: `older than that`."""
    pronoun, plan = state.peek(1), state.previous_plan
    if not pronoun or pronoun.text.lower() not in {"that", "this", "it"} or plan is None:
        return None
    measure = plan.select[0] if len(plan.select) == 1 and not plan.group else None
    if not isinstance(measure, Measure):
        return None
    measured = measure.term if isinstance(measure.term, ColumnRef) else None
    column = state.clause.column or implied_column(state, word.criterion) or measured
    if column is None:
        return None
    state = replace(state.advance(2).with_column(None), uses_previous_result=True)
    return add_condition(state, Comparison(column, word.value, plan))  # type: ignore[arg-type]  # an operator


def _operand_follows(state: ParserState, ahead: int) -> bool:
    while (
        (span := state.peek(ahead))
        and span.find_word("determiner", "pronoun", "than", "be")
        and not span.is_noun
    ):
        ahead += 1
    if span is None:
        return False
    return bool(span.number or span.quoted or span.values or span.find_word("aggregate") or span.columns)


def _has_quantifier(state: ParserState) -> bool:
    """Whether a quantified noun begins here: `any salary of …`, `all students from …`."""
    quantifier, noun = state.peek(), state.peek(1)
    return bool(quantifier and quantifier.text.lower() in _QUANTIFIERS and noun and noun.is_noun)


def _compare_with_extreme(state: ParserState, op: ComparisonOperator, criterion: str) -> ParserState | None:
    """Compare with the maximum or minimum: more than all is more than the maximum."""
    quantifier = state.peek()
    existential = quantifier is not None and quantifier.text.lower() in _SOME - {"any"}
    state = state.advance()
    noun = state.peek()
    candidate = choose_column(state, noun.matches) if noun and noun.columns else None
    best = best_noun(state, noun) if noun else None
    noun_column = candidate if best and best.kind == "column" else None
    column = state.clause.column or noun_column or implied_column(state, criterion)
    if column is None:
        return None
    function: AggregateFunction = "max" if (op in {">", ">="}) != existential else "min"
    return _compare_with_subquery(state.advance(), op, column, function)


def _compare_with_aggregate(state: ParserState, op: ComparisonOperator, criterion: str) -> ParserState | None:
    """Compare with an aggregate: `above the average (price) (of all products)`."""
    word = state.find_word("aggregate")
    assert word is not None
    function: AggregateFunction = word.value  # type: ignore[assignment]  # the lexicon has only functions
    state = state.advance().skip("determiner", "preposition", "pronoun")
    noun = state.peek()
    column = state.clause.column or implied_column(state, criterion)
    if noun and noun.columns and noun.is_noun and not noun.tables:
        noun_column = choose_column(state, noun.matches, column.table if column else None)
        if column is None or (noun_column and noun_column.table == column.table):
            column = noun_column
        state = state.advance()
    elif noun and noun.tables and state.base == noun.tables[0].table:
        state = state.advance()
    return _compare_with_subquery(state, op, column, function) if column else None


def _compare_with_subquery(
    state: ParserState, op: ComparisonOperator, column: ColumnRef, function: AggregateFunction
) -> ParserState:
    inner = _parse_subquery(state.with_column(None), column.table)
    aggregate = inner.plan.with_(select=(Measure(function, column),))
    return add_condition(inner.state, Comparison(column, op, aggregate))


@dataclass(frozen=True, slots=True)
class _ParsedSubquery:
    plan: Plan
    state: ParserState


def _parse_subquery(state: ParserState, table: str) -> _ParsedSubquery:
    """Parse the conditions of an aggregate: `… the average salary of instructors in Physics`."""
    if not state.find_word("preposition", "who", "that", "with"):
        return _ParsedSubquery(Plan(table, ()), state)
    end = state.position
    while end < len(state.spans) and not state.spans[end].find_word(
        "stop", "comma", "and", "or", "order", "each"
    ):
        end += 1
    inner = parse_rest(state_within(state, state.spans[state.position : end], table))
    inner = end_anti_join(resolve_pending_column(inner))
    state.evidence.unplaced.extend(inner.evidence.unplaced)
    plan = Plan(table, (), where=inner.filters.where, tables=inner.tables)
    return _ParsedSubquery(plan, replace(state, position=end))


def state_within(state: ParserState, spans: Sequence[Span], table: str) -> ParserState:
    """Create the state for parsing some of the spans as conditions on another table."""
    inner = ParserState(Sentence(tuple(spans)), state.schema, state.today, entity=table, rules=state.rules)
    return inner.focus_on(table)


def _compare_with_value(state: ParserState, op: ComparisonOperator) -> ParserState | None:
    """Compare with a quotation or stored value: `equal to "x"`, `other than Berlin`."""
    span = state.peek()
    if span is None or not (span.quoted or span.values):
        return None
    # `under the "Computer Science" subject` compares nothing.
    return add_value_condition(state.advance(), span, "<>" if op == "<>" else "=")

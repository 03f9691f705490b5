"""Mentions: nouns after the selection; a table is joined, a column waits for its operand."""

from dataclasses import replace

from agent.builtin.grammar.column_resolution import best_noun, choose_column, find_property
from agent.builtin.grammar.conditions import add_condition, resolve_pending_column
from agent.builtin.grammar.lookahead import begins_item
from agent.builtin.grammar.measures import shows_category
from agent.builtin.grammar.negation import begin_anti_join, extend_anti_join, reinterpret_subject
from agent.builtin.grammar.select_items import parse_select_item
from agent.builtin.grammar.selection import resolve_owners
from agent.builtin.grammar.state import ParserState
from agent.builtin.linking.spans import Span
from agent.builtin.plan.model import ColumnRef, Comparison, IsNull

_USE_WORDS = frozenset({"used", "using", "use", "uses"})


def parse_noun(state: ParserState) -> ParserState | None:
    """Parse a table, whose rows are joined, or a column, which waits for its operand."""
    span = state.peek()
    if not span or not span.is_noun:
        return None
    best = best_noun(state, span)
    assert best is not None
    if parsed := _parse_possessive_column(state) or _parse_cost(state):
        return parsed
    after_with = _follows_with(state)
    state = state.advance()
    state.evidence.scores.append(best.score)
    if best.kind == "table":
        return _add_table(state, best.table)
    state = resolve_pending_column(state)
    column = _category_name(state, span) or choose_column(state, span.matches)
    assert column is not None
    return _parse_stock(state, column) or _add_column(state, column, after_with)


def _category_name(state: ParserState, span: Span) -> ColumnRef | None:
    """Take `name` for the text shown: `publishers whose name contains …`, where publishers are a text."""
    before, items = state.peek(-2), state.selection.items
    if span.lemmas != ("name",) or len(items) != 1 or not before:
        return None
    refers_to_item = before.find_word("whose", "pronoun") is not None
    unowned = items[0].owner is None and state.clause.focus == state.entity
    return items[0].column if refers_to_item and unowned and shows_category(state) else None


def _parse_cost(state: ParserState) -> ParserState | None:
    """Parse the verb in `products that cost between 5 and 10`: it compares the price."""
    span = state.peek()
    compares = state.find_word("comparison", "between", ahead=1) is not None
    if not span or span.lemmas != ("cost",) or not compares or state.base is None:
        return None
    before = state.peek(-1)
    if (
        before
        and before.find_word("whose", "preposition", "determiner", "with", "pronoun")
        and not before.is_noun
    ):
        return None
    column = find_property(state, "price|cost|fee|amount", state.base)
    return state.advance().with_column(column) if column else None


def _parse_possessive_column(state: ParserState) -> ParserState | None:
    """Parse `products with their category`: the category is shown, too."""
    before, further = state.peek(-1), state.peek(-2)
    if not (before and before.text.lower() in {"their", "its"}):
        return None
    if not (further and further.find_word("with", "and")):
        return None
    items = state.selection.items
    if any(item.counted or item.functions for item in items) or not begins_item(state, 0):
        return None
    parsed = parse_select_item(state).state
    return resolve_owners(parsed) if len(parsed.selection.items) > len(items) else parsed


def _parse_stock(state: ParserState, column: ColumnRef) -> ParserState | None:
    """Parse `out of stock` as zero, `in stock` as more than zero."""
    before = state.peek(-2)
    preposition = before.text.lower() if before else ""
    measured = state.schema.roles[column.table].is_measure(column.column)
    if preposition not in {"out of", "in", "on"} or not measured:
        return None
    where = state.filters.where
    if any(isinstance(condition, Comparison) and condition.item == column for condition in where):
        # `less than 10 pieces in stock` is compared already.
        return state
    if preposition == "out of":
        return add_condition(state, Comparison(column, "=", 0))
    return None if _operand_follows(state) else add_condition(state, Comparison(column, ">", 0))


def _follows_with(state: ParserState) -> bool:
    behind = -1
    while (span := state.peek(behind)) and span.find_word("determiner") and not span.is_noun:
        behind -= 1
    return bool(span and (span.find_word("with", "have", "not") or span.text.lower() in _USE_WORDS))


def _add_table(state: ParserState, table: str) -> ParserState:
    following = state.peek()
    if following and following.is_noun and not following.find_word("and", "comparison", "order", "by"):
        own = any(match.table == table and match.score >= 0.5 for match in following.columns)
        if own and not (following.tables and following.tables[0].score > 0.95):
            return state.focus_on(table)
    preposition = state.find_word("preposition")
    if preposition is not None and preposition.value == "has":
        return state.focus_on(table)
    if state.clause.negated:
        corrected = state if table != state.entity else reinterpret_subject(state, table)
        if corrected is not None:
            return begin_anti_join(corrected, table).focus_on(table)
    if state.clause.anti_join is not None and table != state.entity:
        return extend_anti_join(state, table).focus_on(table)
    return state.mention(table)


def _add_column(state: ParserState, column: ColumnRef, after_with: bool) -> ParserState:
    roles = state.schema.roles[column.table]
    if roles.is_boolean(column.column):
        return add_condition(state, Comparison(column, "=", True))
    to_many = state.entity is not None and state.schema.is_to_many(state.entity, column.table)
    if state.clause.negated and to_many and not _operand_follows(state):
        state = begin_anti_join(state, column.table)
    if roles.is_date(column.column):
        if state.clause.negated and not _period_follows(state):
            state = replace(state, clause=replace(state.clause, negated=False))
            return add_condition(state, IsNull(column))
        state = replace(state, clause=replace(state.clause, date=column))
        if state.clause.anti_join is None and column.table != state.entity:
            state = state.mention(column.table)
    return replace(state, clause=replace(state.clause, column=column, column_after_with=after_with))


def _operand_follows(state: ParserState) -> bool:
    span = state.peek()
    return span is not None and bool(
        span.find_word("comparison", "be", "between", "like") or span.values or span.number
    )


def _period_follows(state: ParserState) -> bool:
    span = state.peek(state.skip_words("preposition", "determiner", "be"))
    return span is not None and span.period is not None

"""Grouping: `per country`, `by month and channel`, `for each customer`."""

from dataclasses import replace

from agent.builtin.grammar.column_resolution import best_noun, choose_column
from agent.builtin.grammar.measures import dereference, display_columns, parse_measure
from agent.builtin.grammar.state import ParserState, SelectItem
from agent.builtin.grammar.value_filters import add_value_condition
from agent.builtin.linking.spans import Span
from agent.builtin.plan.model import ColumnRef, Item, SortKey


def parse_date_bucket(state: ParserState) -> ParserState | None:
    """Parse `by month`, `per year`, `daily`."""
    word, span = state.find_word("bucket"), state.peek()
    if not word or not span or word.criterion == "unit" or (span.is_noun and span.matches[0].score > 0.9):
        return None
    state = _with_bucket(state.advance(), word.value)
    if state.find_word("and") and _is_groupable(state, 1):
        return parse_group_items(state.advance().skip("each", "by", "determiner"))
    return state


def _with_bucket(state: ParserState, unit: str) -> ParserState:
    return replace(state, grouping=replace(state.grouping, bucket=unit))


def parse_group(state: ParserState) -> ParserState | None:
    """Parse `for each country`, `per customer`, `by status`; `by` a measure sorts instead."""
    word = state.find_word("each", "by")
    if not word:
        return None
    ahead = 1
    while (
        (span := state.peek(ahead))
        and span.find_word("determiner", "distinct", "pronoun", "each", "preposition")
        and not span.is_noun
    ):
        ahead += 1
    single_value = _is_single_value(state, ahead + 1)
    by = word.kind == "by"
    if by and not single_value and (parsed := _sort_by_measure(state, ahead)):
        return parsed
    bucket = span.find_word("bucket") if span else None
    if span and bucket and not any(match.score > 0.9 for match in span.columns):
        return _with_bucket(state.advance(ahead + 1), bucket.value)
    if not span or not span.is_noun:
        return None
    if by and _is_manner(state, span):
        return add_value_condition(state.advance(ahead + 1), replace(span, matches=span.values), "=")
    if single_value or (by and _is_agent(state, span, ahead)):
        return None
    return parse_group_items(state.advance(ahead))


def _is_manner(state: ParserState, span: Span) -> bool:
    """Whether `by` states how: `orders placed by phone`, where orders have a channel of that name."""
    before = state.peek(-1)
    verbal = before is not None and not before.is_noun
    participle = before is not None and verbal and before.text.lower().endswith(("ed", "en", "id"))
    is_value = any(match.table == state.entity and match.score > 0.9 for match in span.values)
    is_column = any(match.table == state.entity and match.score > 0.9 for match in span.columns)
    return participle and is_value and not is_column


def _is_agent(state: ParserState, span: Span, ahead: int) -> bool:
    """Whether `by` names an agent: `orders placed by customers from Berlin`."""
    best = best_noun(state, span)
    if best is None or best.kind != "table":
        return False
    before, following = state.peek(-1), state.peek(ahead + 1)
    if before and before.find_word("preposition") and not before.is_noun:
        # `enrolled in by students`
        before = state.peek(-2)
    if before and before.find_word("verb") and not before.is_noun:
        return True
    return span.plural and following is not None and not following.find_word("stop", "and", "comma", "order")


def _is_single_value(state: ParserState, ahead: int) -> bool:
    """Whether one value of a column is meant, and not each: `by grade 4`, `by country France`."""
    span = state.peek(ahead)
    if span is None or span.is_noun or span.period:
        return False
    compared = span.find_word("comparison", "between", "like")
    return bool(span.number or span.quoted or span.values or compared)


def parse_group_items(state: ParserState) -> ParserState:
    """Parse coordinated grouping items: `country and status`."""
    while (span := state.peek()) and span.is_noun:
        state = skip_owner(_parse_group_item(state, span), any_table=True)
        unit, unit_span = state.find_word("bucket", ahead=1), state.peek(1)
        names_column = unit_span is not None and any(match.score > 0.9 for match in unit_span.columns)
        if state.find_word("and") and unit and not names_column:
            return _with_bucket(state, unit.value).advance(2)
        if not (state.find_word("and", "comma") and _is_groupable(state, 1)):
            return state
        state = state.advance().skip("each", "by", "determiner")
    return state


def _is_groupable(state: ParserState, ahead: int) -> bool:
    """Whether another grouping item, and not another clause, begins ahead."""
    ahead = state.skip_words("each", "by", "determiner", ahead=ahead)
    span, after = state.peek(ahead), state.peek(ahead + 1)
    ends = after is None or bool(
        after.find_word("stop", "and", "comma", "preposition", "order", "direction") or after.period
    )
    return span is not None and span.is_noun and not span.find_word("order", "aggregate", "count") and ends


def _parse_group_item(state: ParserState, span: Span) -> ParserState:
    best = best_noun(state, span)
    assert best is not None
    state = state.advance()
    state.evidence.scores.append(best.score)
    if best.kind == "column":
        column = choose_column(state, span.matches) or ColumnRef(best.table, best.column or "")
        return state.add_groups(*dereference(state, column, span))
    following = state.peek()
    if following and following.is_noun and not following.find_word("and", "by"):
        own = [match for match in following.columns if match.table == best.table and match.score > 0.6]
        if own:
            column = ColumnRef(best.table, own[0].column or "")
            return state.add_groups(*dereference(state, column, following)).advance()
    readable_key = _readable_foreign_key(state, best.table)
    items: tuple[Item, ...] = (readable_key,) if readable_key else display_columns(state, best.table)
    return state.add_groups(*items)


def _readable_foreign_key(state: ParserState, table: str) -> ColumnRef | None:
    """Return a foreign key of the entity that names a table's rows: a textual code, and no number."""
    shown_tables = {item.table for item in state.selection.items if item.table}
    if state.entity is None or table == state.entity or len(shown_tables) > 1:
        return None
    roles = state.schema.roles[state.entity]
    for key in roles.table.foreign_keys:
        name = key.columns[0]
        if key.referenced_table == table and len(key.columns) == 1 and not roles.is_number(name):
            return ColumnRef(state.entity, name) if roles.column(name).kind == "text" else None
    return None


def _sort_by_measure(state: ParserState, ahead: int) -> ParserState | None:
    """Parse `top 5 products by revenue`, `products by price`: a measure sorts."""
    top = state.ordering.top
    aggregated = any(item.counted or item.functions for item in state.selection.items)
    if aggregated and not top:
        return None
    parsed = parse_measure(state.advance(ahead))
    if parsed.item is None:
        return None
    state = parsed.state
    if top and not top.resolved:
        state = state.with_top(replace(top, item=parsed.item, resolved=True))
        return state.add_item(SelectItem(item=parsed.item))
    direction = state.find_word("direction")
    state = state.add_sort_keys(SortKey(parsed.item, direction is not None and direction.value == "desc"))
    return state.advance() if direction else state


def skip_owner(state: ParserState, *, any_table: bool = False) -> ParserState:
    """Skip `… of the singers` after a column: the owner is the entity, or, if `any_table`, any table."""
    ahead = state.skip_words("preposition", "determiner", "pronoun")
    span, preposition = state.peek(ahead), state.find_word("preposition")
    owner = next((match.table for match in span.tables if match.score > 0.9), None) if span else None
    if not ahead or not owner:
        return state
    of = preposition is not None and preposition.value == "of"
    if owner != state.entity and not (any_table and of):
        return state
    return replace(state.advance(ahead + 1), entity=state.entity or owner)

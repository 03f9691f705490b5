"""Superlatives after the selection: `with the most orders`, `who spent the most`."""

from dataclasses import replace

from agent.builtin.grammar.column_resolution import best_noun, choose_column, find_property
from agent.builtin.grammar.measures import is_additive, parse_measure, shows_category
from agent.builtin.grammar.state import ParsedItem, ParserState, TopN
from agent.builtin.grammar.value_filters import add_value_condition
from agent.builtin.lexicon.function_words import FunctionWord
from agent.builtin.linking.spans import Span
from agent.builtin.plan.model import ColumnRef, InSubquery, Item, Measure, Plan, SortKey

# With these verbs, `the most` is a frequency; with other verbs it counts what their nouns name.
_FREQUENCY_VERBS = frozenset(
    {"used", "use", "uses", "occurs", "occur", "occurred", "appears", "appear", "appeared"}
)


def parse_superlative(state: ParserState) -> ParserState | None:
    """Parse `with the most orders`, `that has the highest price`, `who spent the most`, `is the oldest`."""
    span = state.peek()
    counts = state.find_word("superlative", ahead=1) is not None
    number = span.number if span and counts and not span.is_noun else None
    ahead, limit = (1, int(number.value)) if number else (0, 1)
    word = state.find_word("superlative", "common", ahead=ahead)
    if not word:
        return None
    if parsed := _parse_top_rows_of_referenced_table(state, word, limit, ahead + 1):
        return parsed
    state = state.advance(ahead + 1)
    stated_limit = _limit_here(state)
    if stated_limit:
        state = state.advance()
        if not word.criterion and word.kind == "superlative" and _is_entity(state):
            # `the name of the top 5 students with the highest grade`: the criterion is still to come.
            return state.with_top(TopN(word.value == "desc", stated_limit)).advance()
        return _parse_top(state, word, stated_limit)
    previous = state.ordering
    if previous.limit is not None:
        # `which 5 products have the highest price`
        state = replace(state, ordering=replace(previous, limit=None))
        return _parse_top(state, word, previous.limit or limit)
    # `the top 10 airlines that have the most routes`
    limit_before = previous.top.limit if previous.top and not previous.top.resolved else 0
    return _parse_top(state, word, limit_before or limit)


def _limit_here(state: ParserState) -> int | None:
    span = state.peek()
    if not span or not span.number or span.is_noun or span.period:
        return None
    return int(span.number.value)


def _parse_top(state: ParserState, word: FunctionWord, limit: int) -> ParserState:
    criterion = word.criterion or ("common" if word.kind == "common" else "")
    item: Item | None = None
    if word.kind == "superlative":
        parsed = _parse_criterion(state, word.criterion) if word.criterion else _parse_most(state)
        item, state = parsed.item, parsed.state
    behind = -2
    while state.find_word("determiner", ahead=behind):
        behind -= 1
    before = state.peek(behind)
    if not item and not criterion and before and before.text.lower() in _FREQUENCY_VERBS:
        # `is used the most`
        criterion = "common"
    return state.with_top(TopN(word.value == "desc", limit, criterion, item, resolved=item is not None))


def _is_entity(state: ParserState) -> bool:
    span = state.peek()
    best = best_noun(state, span) if span and span.is_noun else None
    return bool(best and best.kind == "table" and best.table == state.entity)


def _parse_top_rows_of_referenced_table(
    state: ParserState, word: FunctionWord, limit: int, ahead: int
) -> ParserState | None:
    """Parse `the suppliers of the 5 cheapest products`: a condition that selects those products."""
    span = state.peek(ahead)
    best = best_noun(state, span) if span and span.is_noun else None
    if not word.criterion or not best or best.kind != "table" or best.table == state.entity or limit < 2:
        return None
    key, item = state.key(best.table), find_property(state, word.criterion, best.table)
    if key is None or item is None:
        return None
    rows = Plan(best.table, (key,), order=(SortKey(item, word.value == "desc"),), limit=limit)
    return state.advance(ahead + 1).mention(best.table).add_where(InSubquery(key, rows))


def _parse_criterion(state: ParserState, criterion: str) -> ParsedItem:
    """Parse the column that a superlative compares: `the latest order date`, or the implied property."""
    at_noun = state.skip("determiner")
    span = at_noun.peek()
    best = best_noun(state, span) if span and span.is_noun else None
    if span and best and best.kind == "column":
        column = choose_column(state, span.matches)
        if column and _is_ordered(state, column):
            return ParsedItem(column, at_noun.advance())
    for table in dict.fromkeys((state.clause.focus, state.entity)):
        if table and (column := find_property(state, criterion, table)):
            return ParsedItem(column, state)
    return ParsedItem(None, state)


def _is_ordered(state: ParserState, column: ColumnRef) -> bool:
    roles = state.schema.roles[column.table]
    name = column.column
    return roles.is_measure(name) or roles.is_date(name) or roles.is_year(name)


def _parse_most(state: ParserState) -> ParsedItem:
    """Parse what there is most of: rows of a table, a sum, or the greatest value of a column."""
    begin = state
    total = False
    while word := state.find_word("count", "aggregate", "determiner", "preposition", "pronoun", "distinct"):
        if (span := state.peek()) and span.is_noun:
            break
        total = total or word.value == "sum"
        if word.kind == "aggregate" and word.value != "sum":
            return parse_measure(state)
        state = state.advance()
    state = _parse_value_before_noun(state)
    span = state.peek()
    waiting = state.clause.column
    measured = waiting is not None and _is_measure(state, waiting)
    if span and measured and span.matches and span.matches[0].score < 0.9:
        # `spent the most money`: the verb has named what is spent.
        return _most_before(state.advance())
    best = best_noun(state, span) if span and span.is_noun else None
    if span is None or best is None:
        return _most_before(state if measured else replace(state, position=begin.position))
    state = state.advance()
    state.evidence.scores.append(best.score)
    if best.kind == "table":
        return _most_rows(state, span, best.table, total)
    return ParsedItem(_most_of_column(state, span, total), state)


def _is_measure(state: ParserState, column: ColumnRef) -> bool:
    return state.schema.roles[column.table].is_measure(column.column)


def _most_before(state: ParserState) -> ParsedItem:
    """Return what was named before `the most`: `who spent the most`, `was returned the most`."""
    column, date = state.clause.column, state.clause.date
    if column and _is_measure(state, column):
        return ParsedItem(Measure("sum", column), state.with_column(None))
    if date and date.table != state.entity:
        return ParsedItem(Measure("count", table=date.table), state)
    items = state.selection.items
    last = items[-1] if items else None
    if last and last.column and not last.functions and not last.owner and _is_measure(state, last.column):
        # `which of them spent the most`
        return ParsedItem(Measure("sum", last.column), state.with_items(*items[:-1]))
    joined = [table for table in state.tables if table != state.entity]
    return ParsedItem(Measure("count", table=joined[-1]) if joined else None, state)


def _parse_value_before_noun(state: ParserState) -> ParserState:
    """Parse a value that restricts what is counted: `the most female students`."""
    span, noun = state.peek(), state.peek(1)
    if not (span and noun and noun.is_noun and span.values):
        return state
    if span.is_noun or span.function_words:
        return state
    return add_value_condition(state.advance(), span, "=")


def _most_rows(state: ParserState, span: Span, table: str, total: bool) -> ParsedItem:
    if stored := _stored_count(state, span):
        return ParsedItem(stored, state)
    amount = _amount_column(state, table) if total else None
    measure = Measure("sum", amount) if amount else _joined_quantity(state, table)
    return ParsedItem(measure or Measure("count", table=table), state.mention(table))


def _stored_count(state: ParserState, span: Span) -> ColumnRef | None:
    """Return the entity's column that counts a noun: `number of customers`."""
    if state.entity is None:
        return None
    roles = state.schema.roles[state.entity]
    for match in state.schema.names.find(["number", *span.lemmas]):
        is_own_count = match.table == state.entity and match.score > 0.9 and match.reason in {"name", "label"}
        if is_own_count and match.column and roles.is_measure(match.column):
            return ColumnRef(state.entity, match.column)
    return None


def _amount_column(state: ParserState, table: str) -> ColumnRef | None:
    """Return the amount of a table's rows: `the greatest total amount of loans`."""
    roles = state.schema.roles[table]
    for column in roles.table.columns:
        if {"amount", "total", "value"} & set(roles.words_of(column.name)) and roles.is_measure(column.name):
            return ColumnRef(table, column.name)
    return None


def _joined_quantity(state: ParserState, table: str) -> Measure | None:
    """Sum the quantity of the joined rows: `returned the most products`, where returns have a quantity."""
    lines = [joined for joined in state.tables if joined not in {state.entity, table}]
    if not lines or state.schema.is_to_many(lines[-1], table):
        return None
    roles = state.schema.roles[lines[-1]]
    for column in roles.table.columns:
        if "quantity" in roles.words_of(column.name) and roles.is_measure(column.name):
            return Measure("sum", ColumnRef(lines[-1], column.name))
    return None


def _most_of_column(state: ParserState, span: Span, total: bool) -> Item | None:
    column = choose_column(state, span.matches)
    if column is None:
        return None
    to_many = state.entity is not None and state.schema.is_to_many(state.entity, column.table)
    roles = state.schema.roles[column.table]
    category = shows_category(state) and not any(item.owner for item in state.selection.items)
    if total or (is_additive(state, span, column) and (to_many or category)):
        return Measure("sum", column)
    if to_many and not roles.is_number(column.column) and not roles.is_date(column.column):
        return Measure("count", table=column.table)
    return column

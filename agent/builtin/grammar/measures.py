"""Measures: what can be aggregated, what adds up, and which columns stand for a table's rows."""

from agent.builtin.grammar.column_resolution import best_noun, choose_column
from agent.builtin.grammar.state import ParsedItem, ParserState, SelectItem
from agent.builtin.linking.spans import Span
from agent.builtin.plan.model import AggregateFunction, ColumnRef, Item, Measure

# Nouns whose values are summed unless the question says otherwise.
ADDITIVE_NOUNS = frozenset(
    {
        "revenue", "sale", "turnover", "income", "earnings", "spend", "spending", "spent", "profit",
        "proceeds", "sell", "sold", "amount", "quantity", "unit", "piece", "takings", "volume",
        "expenditure", "refund", "refunded",
    }
)  # fmt: skip


def dereference(state: ParserState, column: ColumnRef, span: Span) -> tuple[ColumnRef, ...]:
    """Replace a foreign key by the names it points at: `product category` is the category's name."""
    roles = state.schema.roles[column.table]
    words = roles.words_of(column.column)
    if words[-1:] != ("id",) or {"id", "number", "code"} & set(span.lemmas):
        return (column,)
    keys = roles.table.foreign_keys
    referenced = next((key.referenced_table for key in keys if key.columns == (column.column,)), None)
    if referenced is None or referenced == column.table:
        return (column,)
    return display_columns(state, referenced) or (column,)


def display_columns(state: ParserState, table: str) -> tuple[ColumnRef, ...]:
    """Return the columns that stand for a table's rows."""
    return tuple(ColumnRef(table, name) for name in state.schema.roles[table].display_columns)


def parse_measure(state: ParserState) -> ParsedItem:
    """Parse `average price`, `number of orders`, `revenue`, `price`: an item with a size."""
    function: AggregateFunction | None = None
    counted = False
    while word := state.find_word(
        "aggregate", "count", "determiner", "preposition", "pronoun", "superlative"
    ):
        span = state.peek()
        if span and span.is_noun and not state.find_word("count"):
            break
        function = word.value if word.kind == "aggregate" else function  # type: ignore[assignment]
        counted = counted or word.kind == "count"
        state = state.advance()
    span = state.peek()
    best = best_noun(state, span) if span and span.is_noun else None
    if span is None or best is None:
        return ParsedItem(None, state)
    if best.kind != "table":
        return _measure_column(state, span, function, counted)
    if function is None or counted:
        return _count_rows(state, best.table, counted)
    following = state.peek(1)
    if following and any(match.table == best.table and match.score >= 0.5 for match in following.columns):
        # `the highest average instructor salary`: the table only says whose salary.
        return _measure_column(state.advance(), following, function, counted)
    return _measure_column(state, span, function, counted)


def _count_rows(state: ParserState, table: str, counted: bool) -> ParsedItem:
    if not counted and (table == state.entity or not state.ordering.top):
        return ParsedItem(None, state)
    return ParsedItem(Measure("count", table=table), state.advance())


def _measure_column(
    state: ParserState, span: Span, function: AggregateFunction | None, counted: bool
) -> ParsedItem:
    column = choose_column(state, span.matches)
    if column is None:
        return ParsedItem(None, state)
    roles = state.schema.roles[column.table]
    if counted and not roles.is_measure(column.column):
        return ParsedItem(Measure("count", table=column.table), state.advance())
    if not roles.is_measure(column.column) and not roles.is_date(column.column) and function is None:
        return ParsedItem(None, state)
    return ParsedItem(_aggregate(state, column, function, span), state.advance())


def _aggregate(state: ParserState, column: ColumnRef, function: AggregateFunction | None, span: Span) -> Item:
    """Apply the function; without one, sum additive nouns and rows of a table to be joined."""
    if function:
        return Measure(function, column)
    if state.entity is None:
        return column
    grouped = bool(state.grouping.items or state.ordering.top)
    summed = is_additive(state, span, column) and (state.entity != column.table or grouped)
    if summed or state.schema.is_to_many(state.entity, column.table):
        return Measure("sum", column)
    return column


def shows_category(state: ParserState) -> bool:
    """Whether only categories of the entity are shown: `countries with more than 2 members`.

    Each member has a country: members are counted for each country.
    """
    columns = [item.column for item in state.selection.items if item.column]
    own = [column for column in columns if column.table == state.entity]
    if state.entity is None or not own:
        return False
    roles = state.schema.roles[state.entity]
    return all(
        column.column not in roles.table.primary_key and column.column not in roles.display_columns
        for column in own
    )


def is_additive(state: ParserState, span: Span, column: ColumnRef) -> bool:
    """Whether a noun names something that is summed by default: `revenue`."""
    additive_noun = bool(ADDITIVE_NOUNS & set(span.lemmas))
    return additive_noun and state.schema.roles[column.table].is_measure(column.column)


def is_additive_item(state: ParserState, item: SelectItem) -> bool:
    """Whether an item to show is summed though no aggregate was named."""
    return bool(
        item.span and item.column and not item.functions and is_additive(state, item.span, item.column)
    )


def default_sort_items(state: ParserState) -> tuple[Item, ...]:
    """Return what a direction without a column sorts by: the first item shown, or the count."""
    for item in state.selection.items:
        if item.counted and item.table:
            return (Measure("count", table=item.table),)
        if item.functions and item.column:
            return (Measure(item.functions[0], item.column),)
        if item.column:
            return (item.column,)
        if item.table and (columns := display_columns(state, item.table)):
            return columns[:1]
    return ()

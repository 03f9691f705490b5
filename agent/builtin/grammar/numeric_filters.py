"""Numeric conditions: numbers with the column before them, the noun after them, or an implied property."""

from datetime import date

from agent.builtin.grammar.column_resolution import (
    best_noun,
    choose_column,
    find_property,
    referenced_tables,
)
from agent.builtin.grammar.conditions import add_condition
from agent.builtin.grammar.measures import shows_category
from agent.builtin.grammar.negation import add_group_condition, begin_anti_join
from agent.builtin.grammar.state import ParserState
from agent.builtin.grammar.value_filters import add_equality
from agent.builtin.linking.name_index import SchemaMatch
from agent.builtin.linking.spans import Span
from agent.builtin.plan.model import Between, ColumnRef, Comparison, ComparisonOperator, InPeriod, Measure

_CURRENCY_WORDS = frozenset({"euro", "euros", "eur", "dollar", "dollars", "usd", "pounds", "gbp", "bucks"})
_MONEY_WORDS = frozenset({"price", "total", "amount", "cost", "salary", "fee", "budget", "balance", "value"})
_FREQUENCY_ADVERBS = frozenset({"once", "twice", "thrice"})
# An integer in this range, compared with a date, is a year; any other is an age in years.
_YEARS = range(1000, 2101)


def parse_compared_number(
    state: ParserState, op: ComparisonOperator, number: int | float, criterion: str
) -> ParserState:
    """Compare a number with the noun after it, the column before it, or a property."""
    span = state.peek()
    if table := _repeated_table(state, span):
        often = span is not None and span.text.lower() in {"times", "time"}
        state = state.advance(int(often)).with_column(None)
        return state.add_having(Comparison(Measure("count", table=table), op, number))
    waiting = state.clause.column
    free = waiting is None or not _is_measure(state, waiting)
    if span and span.is_noun and free and (parsed := _compare_with_noun(state, span, op, number)):
        return parsed
    if waiting and not _has_size(state, waiting):
        # `from Hartford or younger than 40`
        state = state.with_column(None)
    column = state.clause.column or implied_column(state, criterion) or _previously_compared(state)
    if column is None and (measure := _previous_measure(state)):
        return state.add_having(Comparison(measure, op, number))
    column = column or _only_measure(state, span)
    if column is None:
        state.mark_unplaced(f"{op} {number}")
        return state
    if span and span.is_noun and column in _columns(span):
        state = state.advance()
    return compare(state, column, op, number)


def _has_size(state: ParserState, column: ColumnRef) -> bool:
    roles = state.schema.roles[column.table]
    name = column.column
    return roles.is_number(name) or roles.is_date(name) or roles.is_year(name)


def _previously_compared(state: ParserState) -> ColumnRef | None:
    """Return the column of the previous comparison: `above 5 or below 3`."""
    previous = state.filters.last()
    plan = state.previous_plan
    if previous is None and plan and plan.where:
        # `what about more than 200?`
        previous = plan.where[-1]
    behind = [span for back in (-2, -3) if (span := state.peek(back))]
    coordinated = any(span.find_word("and", "or", "trailing_comparison") for span in behind)
    if not (plan or coordinated) or not isinstance(previous, Comparison):
        return None
    numeric = isinstance(previous.value, int | float) and previous.op != "="
    return previous.item if numeric and isinstance(previous.item, ColumnRef) else None


def _repeated_table(state: ParserState, span: Span | None) -> str | None:
    """Return the table whose rows are counted: `ordered more than 10 times`, `bought at least twice`."""
    before = state.peek(-1)
    adverb = bool(before and before.text.lower().split()[-1] in _FREQUENCY_ADVERBS)
    often = bool(span and span.text.lower() in {"times", "time"})
    if not (adverb or often) or state.clause.negated:
        return None
    dated = (state.clause.date.table,) if state.clause.date else ()
    return next((table for table in (*dated, *reversed(state.tables)) if table != state.entity), None)


def _compare_with_noun(
    state: ParserState, span: Span, op: ComparisonOperator, number: int | float
) -> ParserState | None:
    """Compare with the noun after a number: count rows of a table, or compare a numeric column."""
    best = best_noun(state, span)
    if best is None:
        return None
    category = None if _counts_rows(state, best) else _category_to_group(state, best)
    if _counts_rows(state, best) or category:
        state = state.add_groups(category) if category else state
        return _compare_count(state.advance().with_column(None), best.table, op, number)
    if not best.column or not state.schema.roles[best.table].is_number(best.column):
        return None
    state.evidence.scores.append(best.score)
    state = state.advance()
    column = choose_column(state, span.matches) or ColumnRef(best.table, best.column)
    return compare(state, column, op, number)


def _compare_count(
    state: ParserState, table: str, op: ComparisonOperator, number: int | float
) -> ParserState:
    """Compare the number of a table's rows; none at all is an anti-join."""
    if op == "=" and number == 0:
        return begin_anti_join(state, table).focus_on(table)
    negated = state.clause.negated
    state = add_group_condition(state, Comparison(Measure("count", table=table), op, number), table)
    state = state if negated else state.mention(table)
    return state.focus_on(state.entity)


def _is_measure(state: ParserState, column: ColumnRef) -> bool:
    return state.schema.roles[column.table].is_measure(column.column)


def _previous_measure(state: ParserState) -> Measure | None:
    """Return what the previous plan measured in groups: `only those with more than 15`."""
    plan = state.previous_plan
    if plan is None or not plan.group:
        return None
    return next((item for item in plan.select if isinstance(item, Measure)), None)


def _columns(span: Span) -> list[ColumnRef]:
    return [ColumnRef(match.table, match.column) for match in span.columns if match.column]


def _category_to_group(state: ParserState, best: SchemaMatch) -> ColumnRef | None:
    """Return the category to group by: `the cities that have more than one student`."""
    column = state.clause.column
    if best.kind != "table" or best.table != state.entity or column is None or column.table != best.table:
        return None
    roles = state.schema.roles[column.table]
    names_rows = roles.is_number(column.column) or column.column in roles.display_columns
    return None if names_rows else column


def _counts_rows(state: ParserState, best: SchemaMatch) -> bool:
    """Whether rows of a table are counted for each row of the entity."""
    if best.kind != "table" or state.entity is None:
        return False
    return best.table != state.entity or bool(state.grouping.items) or shows_category(state)


def implied_column(state: ParserState, criterion: str) -> ColumnRef | None:
    """Return the column that an adjective compares: `older` compares an age or a date of birth."""
    if not criterion:
        return None
    mentioned = [table for table in (state.clause.focus, state.entity, *state.tables) if table]
    for table in dict.fromkeys((*mentioned, *referenced_tables(state, list(dict.fromkeys(mentioned))))):
        if column := find_property(state, criterion, table):
            return column
    return None


def _only_measure(state: ParserState, span: Span | None) -> ColumnRef | None:
    """Return the only measure of the current table, or its price if the number is money."""
    if state.base is None:
        return None
    roles = state.schema.roles[state.base]
    measures = [
        column.name
        for column in roles.table.columns
        if roles.is_measure(column.name) and not roles.is_year(column.name)
    ]
    if (span and span.text.lower() in _CURRENCY_WORDS) or _follows_currency_sign(state):
        money = [name for name in measures if _MONEY_WORDS & set(roles.words_of(name)) or roles.unit(name)]
        # What customers pay comes before what it costs.
        measures = sorted(
            money, key=lambda name: not {"price", "total", "amount"} & set(roles.words_of(name))
        )[:1]
    state.evidence.guesses += 1
    return ColumnRef(state.base, measures[0]) if len(measures) == 1 else None


def _follows_currency_sign(state: ParserState) -> bool:
    before = state.peek(-1)
    return bool(before and before.text[:1] in "$€£")


def compare(
    state: ParserState, column: ColumnRef, op: ComparisonOperator, number: int | float
) -> ParserState:
    """Compare a column with a number; for a date the number is a year, or an age in years."""
    roles = state.schema.roles[column.table]
    state = state.with_column(None)
    if not roles.is_date(column.column):
        trailing, following = state.find_word("trailing_comparison"), state.peek(1)
        if trailing and not (following and following.number):
            # In `below 3 or above 5` there are two comparisons.
            state = state.advance()
            op = trailing.value  # type: ignore[assignment]  # the lexicon has only operators
        return add_condition(state, Comparison(column, op, number))
    if isinstance(number, int) and number in _YEARS:
        return add_condition(state, Comparison(column, op, f"{number}-01-01"))
    day = years_before(state.today, int(number)).isoformat()
    older = op in {">", ">="}
    words = f"{'more' if older else 'less'} than {number} years ago"
    return add_condition(state, InPeriod(column, None if older else day, day if older else None, words))


def years_before(day: date, count: int) -> date:
    """Return the same day some years earlier, or the first day of the calendar."""
    year = day.year - count
    if not date.min.year <= year <= date.max.year:
        return date.min
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)


def parse_between(state: ParserState) -> ParserState | None:
    """Parse `between 5 and 10`, of the column before it or after it."""
    word = state.find_word("between", "preposition")
    if not word or (word.kind == "preposition" and word.value != "from"):
        return None
    low, middle, high = state.peek(1), state.peek(2), state.peek(3)
    linked = middle is not None and (middle.find_word("and") is not None or middle.text.lower() == "to")
    if not (low and low.number and linked and high and high.number):
        return None
    state = state.advance(4)
    column, following = state.clause.column, state.peek()
    if column is None and following and following.columns:
        column = choose_column(state, following.matches)
        state = state.advance()
    column = column or _only_measure(state, state.peek())
    if column is None:
        state.mark_unplaced(f"between {low.text} and {high.text}")
        return state
    state = add_condition(state, Between(column, low.number.value, high.number.value))
    return state.with_column(None)


def parse_number(state: ParserState) -> ParserState | None:
    """Parse a number without comparison: `3 or more albums`, `age 20`, `year 2014`, `5 stars`."""
    span, waiting = state.peek(), state.clause.column
    if not span or not span.number or span.is_noun or (span.period and waiting is None):
        return None
    if state.find_word("superlative", "common", ahead=1):
        return None
    trailing = state.find_word("trailing_comparison", ahead=1)
    op: ComparisonOperator = trailing.value if trailing else "="  # type: ignore[assignment]  # only operators
    if waiting is None and span.values and not trailing:
        return None
    column = waiting or _row_number_column(state)
    numeric = column is not None and state.schema.roles[column.table].is_number(column.column)
    if span.period and column and not numeric:
        return None
    following = state.peek(2 if trailing else 1)
    if column and not numeric and following and _is_measure_name(state, following):
        # `directors of movies with 5 stars`: the number is of the stars.
        column = None
    state = state.with_column(column).advance(2 if trailing else 1)
    digits = column is not None and not numeric and not trailing and span.text[:1].isdigit()
    if digits and column and state.schema.roles[column.table].column(column.column).kind == "text":
        return add_equality(state, column, "=", span.text)
    return parse_compared_number(state, op, span.number.value, "")


def _is_measure_name(state: ParserState, span: Span) -> bool:
    best = best_noun(state, span) if span.is_noun else None
    return bool(
        best and best.column and best.score > 0.9 and state.schema.roles[best.table].is_measure(best.column)
    )


def _row_number_column(state: ParserState) -> ColumnRef | None:
    """Return the column by which rows are numbered, after their table's name: `room 111`."""
    before = state.peek(-1)
    best = best_noun(state, before) if before and before.is_noun else None
    if not best or best.kind != "table" or (before and before.plural):
        return None
    if key := state.key(best.table):
        return key
    roles = state.schema.roles[best.table]
    for column in roles.table.columns:
        if roles.words_of(column.name)[-1:] in {("number",), ("id",), ("code",)}:
            return ColumnRef(best.table, column.name)
    return None

"""Date conditions: periods, and the date column they refer to."""

from dataclasses import replace

from agent.builtin.grammar.conditions import add_condition, resolve_pending_column
from agent.builtin.grammar.measures import is_additive_item
from agent.builtin.grammar.state import ParserState
from agent.builtin.plan.model import (
    Between,
    CalendarUnit,
    ColumnRef,
    Comparison,
    Condition,
    DateBucket,
    InPeriod,
    Measure,
    Or,
    Plan,
    columns_of,
)
from agent.builtin.text.dates import Period


def parse_period(state: ParserState) -> ParserState | None:
    """Parse `last month`, `in 2025`, `since March`: of the date just named, or of the nearest one."""
    span = state.peek()
    if not span or not span.period:
        return None
    period = span.period
    if state.clause.column and not _holds_dates(state, state.clause.column):
        state = resolve_pending_column(state)
    waiting = state.clause.column
    column = state.clause.date or (waiting if waiting and _holds_dates(state, waiting) else None)
    column = column or nearest_date(state, bare_year=period.bare_year)
    state = state.advance()
    if column is None:
        state.mark_unplaced(span.text)
        return state
    state = _add_period(state, _in_period(state, column, period), column, period)
    if state.grouping.compares_periods and not state.grouping.bucket:
        bucket = "year" if period.is_years else "month"
        state = replace(state, grouping=replace(state.grouping, bucket=bucket))
    return state.with_column(None)


def _add_period(state: ParserState, condition: Condition, column: ColumnRef, period: Period) -> ParserState:
    previous = state.filters.last()
    coordinated = state.find_word("and", "or", "comma", ahead=-2) and not state.clause.negated
    if not coordinated or previous is None or period.relation or not _is_period_of(previous, column):
        return add_condition(state, condition)
    # `in 2024 and 2025`: no date lies in both.
    parts = previous.parts if isinstance(previous, Or) else (previous,)
    return state.with_where(*state.filters.where[:-1], Or((*parts, condition)))


def _is_period_of(condition: Condition, column: ColumnRef) -> bool:
    return set(columns_of(condition)) == {column} and isinstance(condition, InPeriod | Or)


def _holds_dates(state: ParserState, column: ColumnRef) -> bool:
    roles = state.schema.roles[column.table]
    return roles.is_date(column.column) or roles.is_year(column.column)


def _in_period(state: ParserState, column: ColumnRef, period: Period) -> Condition:
    """Build the condition on a date column, or on a column of years."""
    start, end = period.start, period.end
    if state.schema.roles[column.table].is_date(column.column):
        return InPeriod(
            column, start.isoformat() if start else None, end.isoformat() if end else None, period.words
        )
    low, high = start.year if start else None, end.year if end else None
    if low is not None and high is not None:
        return Comparison(column, "=", low) if high == low + 1 else Between(column, low, high - 1)
    return Comparison(column, ">=", low) if low is not None else Comparison(column, "<", high or 0)


def nearest_date(state: ParserState, *, bare_year: bool = False) -> ColumnRef | None:
    """Find the date of a period without a column; a `bare_year` (`2025`) may refer to a column of years.

    It is the date of what is measured, else of the table whose rows belong to the others' (of orders, not of
    customers), else of what those belong to.
    """
    if state.previous_plan and (column := _date_of_plan(state.previous_plan)):
        return column
    conditioned = [column.table for condition in state.filters.where for column in columns_of(condition)]
    mentioned = [table for table in (state.clause.focus, state.entity, *reversed(state.tables)) if table]
    measured = _measured_tables(state)
    tables = list(dict.fromkeys((*measured, *_most_detailed_first(state, mentioned), *conditioned)))
    if bare_year and (year := _nearest_year(state, tables)):
        return year
    return next((column for table in tables if (column := _date_of_table(state, table))), None)


def _nearest_year(state: ParserState, tables: list[str]) -> ColumnRef | None:
    """Return the first column of years, unless a table before it has a date."""
    for table in tables:
        roles = state.schema.roles[table]
        for column in roles.table.columns:
            if roles.is_year(column.name):
                return ColumnRef(table, column.name)
        if roles.date_columns:
            return None
    return None


def _date_of_plan(plan: Plan) -> ColumnRef | None:
    """Return the date that the previous plan filters or groups by."""
    for condition in plan.where:
        if isinstance(condition, InPeriod) and isinstance(condition.item, ColumnRef):
            return condition.item
    return next((item.col for item in plan.select if isinstance(item, DateBucket)), None)


def _date_of_table(state: ParserState, table: str) -> ColumnRef | None:
    """Return the main date of a table, or of the nearest table that its rows belong to."""
    roles = state.schema.roles[table]
    if roles.date_columns:
        return ColumnRef(table, roles.date_columns[0])
    for edge in state.schema.graph.edges(table):
        dates = state.schema.roles[edge.other].date_columns
        if dates and not edge.is_to_many:
            return ColumnRef(edge.other, dates[0])
    return None


def _measured_tables(state: ParserState) -> list[str]:
    items, top, plan = state.selection.items, state.ordering.top, state.previous_plan
    tables = [item.column.table for item in items if item.column and item.functions]
    if top and top.criterion.startswith("sold"):
        sales = state.schema.names.find(["sell"])
        tables += [match.table for match in sales if match.column and match.score > 0.9][:1]
    measures = [*(item.item for item in items), top.item if top else None, *(plan.select if plan else ())]
    tables += [
        measure.table or next(columns_of(measure)).table
        for measure in measures
        if isinstance(measure, Measure)
    ]
    additive = [item.column.table for item in items if item.column and is_additive_item(state, item)]
    return [*tables, *additive]


def _most_detailed_first(state: ParserState, tables: list[str]) -> list[str]:
    """Sort tables with many rows for one of another's to the front."""
    return sorted(tables, key=lambda table: -sum(state.schema.is_to_many(other, table) for other in tables))


def bucket_of(state: ParserState, unit: CalendarUnit) -> DateBucket | None:
    """Return the bucket of the nearest date by a calendar unit."""
    column = state.clause.date or nearest_date(state)
    return DateBucket(column, unit) if column else None

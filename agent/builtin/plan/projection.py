"""SELECT list of a query plan: the items for each requested column, table, count or percentage."""

from agent.builtin.grammar.measures import dereference, display_columns, is_additive_item
from agent.builtin.grammar.state import ParserState, SelectItem
from agent.builtin.plan.model import (
    AgeInYears,
    And,
    ColumnRef,
    Comparison,
    InPeriod,
    Item,
    Measure,
    Percentage,
    Plan,
    Term,
)
from agent.builtin.schema.column_roles import ColumnRoles

_COUNT_WORDS = frozenset({"count", "number", "quantity", "amount", "total"})


def select_items(state: ParserState, request: SelectItem) -> list[Item]:
    """Choose the SELECT items for one request."""
    if request.item is not None:
        return [request.item]
    if request.all_columns:
        return _all_columns(state, request.table or state.entity)
    if request.counted:
        return _count_items(state, request)
    if request.share:
        return _percentage_items(state)
    if request.functions and state.previous_plan and not (request.span or request.table):
        terms = _previous_terms(state.previous_plan)
        return [Measure(function, term) for function in request.functions for term in terms]
    return _column_items(state, request, request.column) if request.column else _table_items(state, request)


def _all_columns(state: ParserState, table: str | None) -> list[Item]:
    columns = state.schema.roles[table].table.columns if table else ()
    return [ColumnRef(table or "", column.name) for column in columns]


def _column_items(state: ParserState, request: SelectItem, col: ColumnRef) -> list[Item]:
    if age := _age(state, request):
        return [Measure(function, age) for function in request.functions] or [age]
    if request.functions:
        return [Measure(function, col) for function in request.functions]
    if (
        request.owner is None
        and is_additive_item(state, request)
        and not (state.ordering.top and not state.grouping.items)
    ):
        return [Measure("sum", col)]
    return expand_display_name(state, request)


def _table_items(state: ParserState, request: SelectItem) -> list[Item]:
    if request.table and request.functions == ("sum",):
        return [Measure("count", table=request.table)]
    return list(row_columns(state, request.table)) if request.table else []


def _previous_terms(plan: Plan) -> list[Term]:
    """Find the aggregated terms of the previous plan, or else its first column."""
    terms: list[Term] = [item.term for item in plan.select if isinstance(item, Measure) and item.term]
    if not terms:
        terms.extend([item for item in plan.select if isinstance(item, ColumnRef)][:1])
    return terms


def _age(state: ParserState, request: SelectItem) -> AgeInYears | None:
    """Compute an age from a date of birth, where `age` was asked for."""
    if not request.column or not request.span or "age" not in request.span.lemmas:
        return None
    is_date = state.schema.roles[request.column.table].is_date(request.column.column)
    return AgeInYears(request.column, state.today.isoformat()) if is_date else None


def expand_display_name(state: ParserState, request: SelectItem) -> list[Item]:
    """Expand a name that is split over two columns, such as first and last name."""
    assert request.column is not None
    display = state.schema.roles[request.column.table].display_columns
    if request.span and (columns := dereference(state, request.column, request.span)) != (request.column,):
        return list(columns)
    asks_for_name = request.span is not None and request.span.lemmas in {("name",), ("full", "name")}
    if asks_for_name and request.column.column in display:
        return list(display_columns(state, request.column.table))
    return [request.column]


def row_columns(state: ParserState, table: str) -> tuple[ColumnRef, ...]:
    """Choose the columns that represent a row: its display names, or all columns if it has none."""
    roles = state.schema.roles[table]
    names = [
        name
        for name in roles.display_columns
        if name not in roles.key_columns or roles.words_of(name)[-1:] == ("name",)
    ]
    if names:
        return display_columns(state, table)
    return tuple(ColumnRef(table, column.name) for column in roles.table.columns)


def _percentage_items(state: ParserState) -> list[Item]:
    """Use the conditions as the numerator of a percentage; date ranges restrict the denominator too."""
    conditions = [condition for condition in state.filters.where if not isinstance(condition, InPeriod)]
    assert state.entity is not None
    if not conditions:
        state.evidence.unplaced.append("percentage")
        return []
    return [Percentage(conditions[0] if len(conditions) == 1 else And(tuple(conditions)), state.entity)]


def keep_date_ranges(state: ParserState) -> ParserState:
    """Keep only the date ranges as conditions: a percentage has the others as its numerator."""
    return state.with_where(
        *(condition for condition in state.filters.where if isinstance(condition, InPeriod))
    )


def _count_items(state: ParserState, request: SelectItem) -> list[Item]:
    """Count rows, or aggregate a column that stores a count: `the maximum number of rooms`."""
    if (
        request.column
        and request.functions
        and state.schema.roles[request.column.table].is_measure(request.column.column)
    ):
        return [Measure(function, request.column) for function in request.functions]
    if request.table and (stored := _stored_count_column(state, request.table)):
        return [Measure("sum", stored)]
    return [_count_item(state, request)]


def _stored_count_column(state: ParserState, table: str) -> ColumnRef | None:
    """Find a count column named like its table without a one-column key: `degrees` granted per year."""
    roles = state.schema.roles[table]
    if len(roles.table.primary_key) == 1:
        return None
    table_words = state.schema.names.table_words[table]
    columns = (
        c.name
        for c in roles.table.columns
        if roles.words_of(c.name) == table_words and roles.is_measure(c.name)
    )
    return next((ColumnRef(table, name) for name in columns), None)


def _is_summable(roles: ColumnRoles, column: str) -> bool:
    """Check whether `how many` means the sum of a column; numeric text counts only by its name."""
    is_numeric = roles.column(column).kind != "text" or _COUNT_WORDS & set(roles.words_of(column))
    return roles.is_measure(column) and bool(is_numeric)


def _fixed_items(state: ParserState) -> set[Item]:
    """List the items that conditions fix to one value."""
    return {
        condition.item
        for condition in state.filters.where
        if isinstance(condition, Comparison) and condition.op == "="
    }


def _count_item(state: ParserState, request: SelectItem) -> Item:
    if request.table:
        return Measure("count", table=request.table)
    if request.column is None:
        return Measure("count", table=state.entity)
    roles = state.schema.roles[request.column.table]
    if (
        _is_summable(roles, request.column.column)
        and not roles.is_year(request.column.column)
        and not request.distinct
    ):
        has_other_columns = any(
            other.column and not other.counted and not other.functions for other in state.selection.items
        )
        return (
            request.column
            if has_other_columns and not state.grouping.items
            else Measure("sum", request.column)
        )
    if request.column in _fixed_items(state) and not request.distinct:
        # `how many tests have the result 'fail'`: the column has one value here, so rows are counted.
        return Measure("count", table=request.column.table)
    if request.column.column in roles.table.primary_key and not request.distinct:
        return Measure("count", table=request.column.table)
    return Measure("count", request.column, distinct=True)

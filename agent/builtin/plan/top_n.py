"""Top-N queries: ORDER BY and LIMIT for superlatives such as `the five most expensive products`."""

from agent.builtin.grammar.column_resolution import choose_column, find_property, referenced_tables
from agent.builtin.grammar.state import ParserState
from agent.builtin.plan.grouping import group_keys
from agent.builtin.plan.model import (
    ColumnRef,
    Comparison,
    Condition,
    IsNull,
    Item,
    Measure,
    Plan,
    SortKey,
    columns_of,
)

# Rows to return for `the best products`, which gives no number.
DEFAULT_TOP_N = 10


def apply_top_n(state: ParserState, plan: Plan) -> Plan:
    """Apply the parsed superlative to a plan as ORDER BY and LIMIT."""
    top = state.ordering.top
    if top is None:
        return plan
    limit = top.limit or DEFAULT_TOP_N
    if top.item is None and top.criterion == "common":
        plan = _exclude_nulls(state, plan)
    item = top.item or _implied_measure(state, plan)
    if item is None:
        state.evidence.unplaced.append("top" if top.descending else "bottom")
        return plan
    if (
        isinstance(item, ColumnRef)
        and not plan.group
        and plan.select
        and all(isinstance(i, Measure) for i in plan.select)
    ):
        return plan.with_(where=(*plan.where, _extreme_condition(state, item)))
    order = (SortKey(item, top.descending != is_age_reversed(state, item, top.criterion)),)
    plan = plan.with_(order=order, limit=limit)
    columns: list[Item] = [column for column in plan.select if not isinstance(column, Measure)]
    if isinstance(item, Measure) and not plan.group:
        plan = plan.with_(group=group_keys(state, columns, [item]))
    return plan


def _extreme_condition(state: ParserState, item: ColumnRef) -> Condition:
    """Compare with the extreme value: `the average age of students in the largest dorm`."""
    assert state.ordering.top is not None
    is_maximum = state.ordering.top.descending != is_age_reversed(state, item, state.ordering.top.criterion)
    extreme = Measure("max" if is_maximum else "min", item)
    return Comparison(item, "=", Plan(item.table, (extreme,)))


def is_age_reversed(state: ParserState, item: Item, criterion: str) -> bool:
    """Check whether the sort order is reversed: the oldest person has the earliest date of birth."""
    if not criterion.startswith("age") or not isinstance(item, ColumnRef):
        return False
    roles = state.schema.roles[item.table]
    return roles.is_date(item.column) or roles.is_year(item.column)


def _implied_measure(state: ParserState, plan: Plan) -> Item | None:
    """Choose what a superlative without a measure sorts by: a property or a row count."""
    assert state.ordering.top is not None
    state.evidence.guesses += 1
    criterion = state.ordering.top.criterion
    if criterion == "common":
        return _frequency(state, plan)
    if criterion.startswith("sold"):
        return _quantity_sold(state)
    if criterion == "shown":
        roles = state.schema.roles
        return next(
            (i for i in plan.select if isinstance(i, ColumnRef) and roles[i.table].is_measure(i.column)), None
        )
    if criterion:
        mentioned_tables = [plan.entity, *state.tables, *(c.table for c in columns_of(plan.select))]
        for table in dict.fromkeys((*mentioned_tables, *referenced_tables(state, [plan.entity]))):
            if column := find_property(state, criterion, table):
                return column
        return None
    counted = next((item for item in plan.select if isinstance(item, Measure)), None)
    return counted or _size_column(state, plan.entity)


def _frequency(state: ParserState, plan: Plan) -> Item:
    """Measure how often the selected column's value occurs."""
    subject = plan.select[0] if plan.select else None
    if isinstance(subject, ColumnRef) and (state.selection.items[0].column or state.tables):
        return Measure("count", table=state.tables[-1] if state.tables else subject.table)
    return Measure("count", table=_largest_referencing_table(state, plan.entity))


def _size_column(state: ParserState, table: str) -> ColumnRef | None:
    """Find the column that tells the size of a row: a total, an area, a population."""
    roles = state.schema.roles[table]
    for word in ("total", "amount", "size", "area", "population", "capacity"):
        for column in roles.table.columns:
            if word in roles.words_of(column.name) and roles.is_measure(column.name):
                label = state.schema.column_label(table, column.name)
                state.evidence.assumptions.append(f"Size is measured by the {label}.")
                return ColumnRef(table, column.name)
    return None


def _quantity_sold(state: ParserState) -> Item | None:
    """Find the column that holds the quantity sold."""
    matches = [
        match
        for words in (["sell"], ["quantity", "sell"], ["quantity"])
        for match in state.schema.names.find(words)
    ]
    measures = [
        match
        for match in matches
        if match.column and match.score > 0.8 and state.schema.roles[match.table].is_measure(match.column)
    ]
    col = choose_column(state, measures[:1] or measures)
    return Measure("sum", col) if col else None


def _exclude_nulls(state: ParserState, plan: Plan) -> Plan:
    """Exclude NULL from the ranking: the most used coupon is not `no coupon`."""
    subject = plan.select[0] if plan.select else None
    if not isinstance(subject, ColumnRef):
        return plan
    profile = state.schema.map.profile(subject.table, subject.column)
    if not profile or profile.null_share <= 0:
        return plan
    return plan.with_(where=(*plan.where, IsNull(subject, negated=True)))


def _largest_referencing_table(state: ParserState, table: str) -> str:
    """Find the largest table that references this one."""
    referencing = [edge.other for edge in state.schema.graph.edges(table) if edge.is_to_many]
    if not referencing:
        return table
    row_counts = {other: state.schema.roles[other].table.row_estimate or 0 for other in referencing}
    largest = max(referencing, key=lambda other: row_counts[other])
    state.evidence.assumptions.append(
        f"Popularity is measured by the number of {state.schema.table_label(largest)} rows."
    )
    return largest

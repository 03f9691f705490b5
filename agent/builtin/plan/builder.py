"""Plan builder: combine what the parser collected into one query plan."""

from dataclasses import replace

from agent.builtin.grammar.column_resolution import choose_column
from agent.builtin.grammar.conditions import add_condition
from agent.builtin.grammar.date_filters import bucket_of
from agent.builtin.grammar.measures import default_sort_items, display_columns
from agent.builtin.grammar.state import ParserState
from agent.builtin.grammar.value_filters import add_value_condition
from agent.builtin.plan.grouping import build_grouped_plan, is_category_list
from agent.builtin.plan.model import (
    AggregateFunction,
    ColumnRef,
    Comparison,
    DateBucket,
    Item,
    Measure,
    Plan,
    SetOperation,
    SortKey,
)
from agent.builtin.plan.projection import keep_date_ranges, select_items
from agent.builtin.plan.question_words import apply_question_word, mentioned_foreign_keys
from agent.builtin.plan.top_n import apply_top_n


def build_plan(state: ParserState) -> Plan | None:
    """Build the query plan from a resolved state; None if the question named no table."""
    if state.entity is None:
        return None
    items = [item for request in state.selection.items for item in select_items(state, request)]
    if any(request.share for request in state.selection.items):
        state = keep_date_ranges(state)
    if _is_aggregate_of_counts(state):
        return _aggregate_counts(state)
    plan = build_grouped_plan(state, _deduplicate(items)).with_(via=mentioned_foreign_keys(state))
    plan = apply_top_n(state, plan)
    plan = plan.with_(where=tuple(dict.fromkeys((*plan.where, *state.filters.where))))
    return _complete_plan(state, plan)


def resolve_implicit(state: ParserState) -> ParserState:
    """Resolve what a question leaves implicit: values before nouns, buckets, question words, directions."""
    if state.entity is None:
        return state
    state = _drop_row_groups(_add_date_bucket(add_pending_values(state)))
    state = apply_question_word(state)
    if not state.ordering.direction or state.ordering.keys:
        return state
    descending = state.ordering.direction == "desc"
    return state.add_sort_keys(*(SortKey(item, descending) for item in default_sort_items(state)))


def _drop_row_groups(state: ParserState) -> ParserState:
    """Drop grouping by the entity's own name: `the number of rooms for each apartment`, one value per row."""
    entity, groups = state.entity or "", state.grouping.items
    counted_tables = [item.table for item in state.selection.items if item.counted and item.table]
    shown_tables = {item.column.table for item in state.selection.items if item.column}
    own_columns = set(display_columns(state, entity))
    if not groups or not set(groups) <= own_columns or counted_tables or shown_tables != {entity}:
        return state
    return replace(state, grouping=replace(state.grouping, items=()))


def add_pending_values(state: ParserState) -> ParserState:
    """Turn values that preceded their noun (`German customers`) into conditions."""
    for span in state.selection.pending_values:
        clause = replace(state.clause, focus=state.entity, column=None, connective="and")
        state = replace(state, clause=clause)
        if span.values and not span.is_noun:
            state = add_value_condition(state, span, "=")
        elif column := choose_column(state, span.matches):
            state = add_condition(state, Comparison(column, "=", True))
    return state


def _add_date_bucket(state: ParserState) -> ParserState:
    unit = state.grouping.bucket
    if not unit:
        return state
    bucket = bucket_of(state, unit)  # type: ignore[arg-type]  # the lexicon has only units
    if bucket:
        return state.add_groups(bucket)
    state.mark_unplaced(f"by {unit}")
    return state


def _is_aggregate_of_counts(state: ParserState) -> bool:
    requests = state.selection.items
    return (
        len(requests) == 1
        and requests[0].counted
        and bool(requests[0].functions)
        and bool(state.grouping.items)
    )


def _aggregate_counts(state: ParserState) -> Plan:
    """Aggregate counts of groups: `the average number of orders per customer` counts, then averages."""
    request = state.selection.items[0]
    assert state.entity is not None
    counted_table = request.table or (request.column.table if request.column else state.entity)
    group_keys = tuple(dict.fromkeys(_group_key(state, item) for item in state.grouping.items))
    function: AggregateFunction = request.functions[0]
    state.evidence.assumptions.append("Only groups with at least one row are included.")
    plan = Plan(
        counted_table,
        (Measure("count", table=counted_table),),
        state.filters.where,
        group=group_keys,
        outer_function=function,
    )
    return plan.with_(tables=state.tables)


def _group_key(state: ParserState, item: Item) -> Item:
    if isinstance(item, ColumnRef) and item.column in state.schema.roles[item.table].display_columns:
        return state.key(item.table) or item
    return item


def _complete_plan(state: ParserState, plan: Plan) -> Plan:
    buckets = [item for item in plan.group if isinstance(item, DateBucket)]
    if buckets and not plan.order:
        plan = plan.with_(order=tuple(SortKey(item) for item in buckets))
    if not plan.select:
        plan = plan.with_(select=tuple(display_columns(state, plan.entity)))
    if is_category_list(state, plan):
        plan = plan.with_(distinct=True)
    if state.filters.intersection:
        first, second = (
            plan.with_(where=(*plan.where, condition)) for condition in state.filters.intersection
        )
        return first.with_(set_operation=SetOperation("intersect", second))
    return plan


def _deduplicate(items: list[Item]) -> list[Item]:
    return list(dict.fromkeys(items))

"""Edits of the previous plan: its selection, aggregates, grouping, sort order and limit."""

from collections.abc import Sequence
from datetime import date, timedelta

from agent.builtin.followup.detection import (
    asks_for_count,
    asks_for_list,
    asks_to_show,
    keeps_measures,
    mentions_each,
    mentions_plural,
    previous_period_unit,
    sorts_by_measure,
)
from agent.builtin.grammar.column_resolution import find_property
from agent.builtin.grammar.date_filters import bucket_of
from agent.builtin.grammar.measures import ADDITIVE_NOUNS, display_columns
from agent.builtin.grammar.state import ParserState
from agent.builtin.plan.builder import add_pending_values, build_plan, resolve_implicit
from agent.builtin.plan.model import (
    Between,
    ColumnRef,
    Comparison,
    Condition,
    DateBucket,
    InList,
    InPeriod,
    InSubquery,
    IsNull,
    Item,
    Measure,
    Or,
    Percentage,
    Plan,
    SortKey,
)
from agent.builtin.plan.projection import select_items
from agent.builtin.plan.top_n import DEFAULT_TOP_N, is_age_reversed
from agent.builtin.text.dates import unit_around


def select_rows(plan: Plan, state: ParserState) -> Plan:
    """Select the entity rows that a plan covers, without its columns and aggregates."""
    rows = Plan(plan.entity, (), where=plan.where, tables=plan.tables)
    key = state.key(plan.entity)
    if key and (plan.limit or plan.having) and (key in plan.group or not plan.group):
        inner = plan.with_(select=(key,), order=plan.order if plan.limit else (), distinct=False)
        return Plan(plan.entity, (), where=(InSubquery(key, inner),))
    return rows


def edit_selection(plan: Plan, state: ParserState, question: str) -> Plan:
    """Change the selected columns or aggregates."""
    items = [item for request in state.selection.items for item in select_items(state, request)]
    if not items:
        return plan
    had_aggregates = any(isinstance(item, Measure | Percentage) for item in plan.select)
    if had_aggregates:
        items = [_sum_if_measure(state, item) for item in items]
    are_entities = [
        request.table == plan.entity and not request.counted and not request.share
        for request in state.selection.items
    ]
    if all(are_entities) and had_aggregates and state.filters.where and not asks_to_show(question):
        # `and business customers?` asks for the same aggregate of other rows.
        return plan
    if all(are_entities):
        return (
            select_rows(plan, state).with_(select=tuple(items)) if had_aggregates and not plan.group else plan
        )
    measures: list[Item] = [item for item in items if isinstance(item, Measure | Percentage)]
    if measures:
        return _edit_measures(plan, state, measures, question)
    return _edit_columns(plan, state, items)


def _sum_if_measure(state: ParserState, item: Item) -> Item:
    """Sum a measure column after an aggregate: `how many orders`, then `what was the total`."""
    if isinstance(item, ColumnRef) and state.schema.roles[item.table].is_measure(item.column):
        words = set(state.schema.roles[item.table].words_of(item.column))
        if words & {"total", "amount"} or any(
            request.span and ADDITIVE_NOUNS & set(request.span.lemmas) for request in state.selection.items
        ):
            return Measure("sum", item)
    return item


def _edit_measures(plan: Plan, state: ParserState, measures: list[Item], question: str) -> Plan:
    """Replace or add aggregates: in the same groups, per row shown, or over all previous rows."""
    columns = [item for item in plan.select if not isinstance(item, Measure | Percentage)]
    if plan.group and len(columns) < len(plan.select):
        retained = plan.select if keeps_measures(question) else columns
        return plan.with_(
            select=tuple(dict.fromkeys((*retained, *measures))), order=_reorder_by(plan, measures)
        )
    if mentions_each(question) and columns and not state.grouping.items:
        key = state.key(plan.entity)
        about_rows = key and set(columns) <= set(display_columns(state, plan.entity))
        group = tuple(dict.fromkeys((*((key,) if key and about_rows else ()), *columns)))
        return plan.with_(select=(*columns, *measures), group=group, order=(), limit=None)
    rows = select_rows(plan, state)
    return rows.with_(select=tuple(measures), having=())


def _reorder_by(plan: Plan, measures: Sequence[Item]) -> tuple[SortKey, ...]:
    return tuple(
        SortKey(measures[0], order.descending) if isinstance(order.item, Measure) else order
        for order in plan.order
    )


def _edit_columns(plan: Plan, state: ParserState, items: list[Item]) -> Plan:
    """Replace or add columns: `show their e-mails`, `and their e-mails`."""
    columns = [item for item in plan.select if not isinstance(item, Measure | Percentage)]
    if len(columns) < len(plan.select) and not plan.group:
        return select_rows(plan, state).with_(select=tuple(items))
    if not plan.group:
        return plan.with_(
            select=tuple(dict.fromkeys((*(columns if state.selection.keeps_previous else ()), *items)))
        )
    retained = plan.select if state.selection.keeps_previous else ()
    show = tuple(dict.fromkeys((*(item for item in retained if not isinstance(item, Measure)), *items)))
    measures = tuple(item for item in retained if isinstance(item, Measure))
    group = (*plan.group, *(item for item in show if item not in plan.group))
    return plan.with_(select=(*show, *measures), group=group)


def edit_grouping(plan: Plan, state: ParserState, question: str) -> Plan:
    """Change the grouping."""
    groups: list[Item] = list(state.grouping.items)
    if state.grouping.bucket:
        bucket = bucket_of(state, state.grouping.bucket)  # type: ignore[arg-type]  # the lexicon has only units
        if bucket:
            groups.append(bucket)
    if not groups:
        return plan
    measures = tuple(item for item in plan.select if isinstance(item, Measure | Percentage))
    if not measures:
        measures = (Measure("count", table=plan.entity),)
    previous: tuple[Item, ...] = ()
    if plan.group and any(word in question.lower().split() for word in ("also", "too", "additionally")):
        previous = tuple(item for item in plan.select if not isinstance(item, Measure | Percentage))
    group_by = tuple(dict.fromkeys((*previous, *groups)))
    order = tuple(SortKey(item) for item in groups if isinstance(item, DateBucket))
    return plan.with_(select=(*group_by, *measures), group=group_by, order=order, limit=None, having=())


def edit_order(plan: Plan, state: ParserState, question: str) -> Plan:
    """Change the sort order or the limit."""
    measures = [item for item in plan.select if isinstance(item, Measure)]
    if state.ordering.keys:
        descending = state.ordering.keys[0].descending
        by_number = measures and sorts_by_measure(question)
        order = tuple(
            SortKey(_matching_measure(plan, o.item, measures), o.descending) for o in state.ordering.keys
        )
        plan = plan.with_(order=(SortKey(measures[0], descending),) if by_number else order)
    if state.ordering.limit is not None:
        plan = plan.with_(limit=state.ordering.limit)
    return (_edit_top_n(plan, state) or plan) if state.ordering.top else plan


def _matching_measure(plan: Plan, item: Item, measures: list[Measure]) -> Item:
    """Find the selected aggregate that a sort request means: `sort by revenue`."""
    term = item.term if isinstance(item, Measure) else item
    matching = [measure for measure in measures if measure.term == term and term is not None]
    if matching:
        return matching[0]
    if measures and plan.group and isinstance(item, ColumnRef) and item not in plan.group:
        return measures[0]
    return item


def _edit_top_n(plan: Plan, state: ParserState) -> Plan | None:
    """Apply a superlative to the previous rows: `which of them is the oldest?`, `top 3`."""
    top = state.ordering.top
    assert top is not None
    measures = [item for item in plan.select if isinstance(item, Measure)]
    item: Item | None = top.item
    if item is None and top.criterion and top.criterion != "common":
        item = find_property(state, top.criterion, plan.entity)
    if item is None and plan.group:
        item = next(iter(measures), None)
    if item is None and plan.order:
        return plan.with_(limit=top.limit or DEFAULT_TOP_N)
    if item is None:
        return None
    group_by, select = plan.group, plan.select
    if measures and not group_by:
        select = display_columns(state, plan.entity)
    if isinstance(item, Measure) and not group_by:
        key = state.key(plan.entity)
        group_by = (*((key,) if key else ()), *(item_shown for item_shown in select if item_shown != key))
    descending = top.descending != is_age_reversed(state, item, top.criterion)
    return plan.with_(
        order=(SortKey(item, descending),), limit=top.limit or DEFAULT_TOP_N, group=group_by, select=select
    )


def apply_follow_up(plan: Plan, state: ParserState, question: str) -> Plan | None:
    """Apply a follow-up question to the previous plan; None if nothing in it changes the plan."""
    if asks_for_count(question):
        return count_rows(plan, state)
    if asks_for_list(question):
        return list_rows(plan, state)
    state = add_pending_values(state)
    if state.uses_previous_result:
        return build_plan(resolve_implicit(state))
    if earlier := _previous_period(plan, question):
        state.evidence.unplaced.clear()
        return earlier
    state = _use_flags_as_conditions(state, question)
    edited = _merge_conditions(plan, state, question)
    edited = edit_selection(edited, state, question)
    edited = edit_grouping(edited, state, question)
    edited = edit_order(edited, state, question)
    extra = tuple(table for table in state.tables if table not in edited.tables and table != edited.entity)
    edited = edited.with_(tables=(*edited.tables, *extra))
    # A request for a column that is already selected counts as understood.
    return edited if edited != plan or state.selection.items else None


def _previous_period(plan: Plan, question: str) -> Plan | None:
    """Move the period of the previous plan back by one unit: `and the month before?`."""
    unit = previous_period_unit(question)
    for number, condition in enumerate(plan.where):
        if unit and isinstance(condition, InPeriod) and condition.start:
            day = date.fromisoformat(condition.start) - timedelta(days=1)
            start, end = unit_around(day, unit)
            words = f"the {unit} before ({start.isoformat()})"
            moved = InPeriod(condition.item, start.isoformat(), end.isoformat(), words)
            return plan.with_(where=(*plan.where[:number], moved, *plan.where[number + 1 :]))
    return None


def _use_flags_as_conditions(state: ParserState, question: str) -> ParserState:
    """Read a boolean column as a condition: `only the active ones` selects no column."""
    if not (mentions_plural(question) or question.lower().startswith(("only", "just"))):
        return state
    flags = [
        item.column
        for item in state.selection.items
        if item.column and state.schema.roles[item.column.table].is_boolean(item.column.column)
    ]
    state = state.with_items(*(item for item in state.selection.items if item.column not in flags))
    return state.with_where(*state.filters.where, *(Comparison(flag, "=", True) for flag in flags))


def count_rows(plan: Plan, state: ParserState) -> Plan:
    """How many rows the last plan gave."""
    key = state.key(plan.entity)
    if (plan.group and key not in plan.group) or plan.set_operation or plan.distinct:
        return plan.with_(outer_function="count", order=plan.order if plan.limit else ())
    if plan.outer_function:
        return plan
    return select_rows(plan, state).with_(select=(Measure("count", table=plan.entity),))


def list_rows(plan: Plan, state: ParserState) -> Plan:
    """List the rows that the previous plan counted."""
    count = next(
        (item for item in plan.select if isinstance(item, Measure) and item.function == "count"), None
    )
    if count and isinstance(count.term, ColumnRef) and count.distinct and not count.table:
        return select_rows(plan, state).with_(select=(count.term,), distinct=True)
    return select_rows(plan, state).with_(select=display_columns(state, plan.entity))


def _merge_conditions(plan: Plan, state: ParserState, question: str) -> Plan:
    """Merge new conditions: they replace previous ones on the same column, else they are added."""
    where = list(plan.where)
    if state.filters.where and plan.limit == 1 and mentions_plural(question):
        # The previous answer picked one row of many; `those in Berlin` refers to the many again.
        plan = plan.with_(order=(), limit=None)
    for condition in state.filters.where:
        item = _condition_item(condition)
        positions = [n for n, old in enumerate(where) if item and _condition_item(old) == item]
        if positions and _replaces(where[positions[0]], condition):
            where[positions[0]] = condition
        elif condition not in where:
            where.append(condition)
    plan = plan.with_(where=tuple(where))
    return _add_having(plan, state) if state.filters.having else plan


def _add_having(plan: Plan, state: ParserState) -> Plan:
    plan = plan.with_(having=(*plan.having, *state.filters.having))
    if plan.group:
        return plan
    key = state.key(plan.entity)
    show = plan.select
    if any(isinstance(item, Measure) for item in show):
        show = display_columns(state, plan.entity)
    return plan.with_(select=show, group=(*((key,) if key else ()), *(item for item in show if item != key)))


def _condition_item(condition: Condition) -> Item | None:
    match condition:
        case (
            Comparison(item, _, _) | InList(item, _, _) | Between(item, _, _, _) | InPeriod(item, _, _, _, _)
        ):
            return item
        case IsNull(item, _):
            return item
        case Or(parts):
            return _condition_item(parts[0])
    return None


def _replaces(old: Condition, new: Condition) -> bool:
    """Check whether a condition replaces a previous one: `in Paris` does, `below 20` adds to `above 10`."""
    if isinstance(old, Comparison) and isinstance(new, Comparison):
        return (old.op in {">", ">="}) == (new.op in {">", ">="}) or old.op == "="
    return True

"""GROUP BY of a query plan: by requested groups, by the selected columns, or by the counted rows."""

from collections.abc import Sequence

from agent.builtin.grammar.state import ParserState
from agent.builtin.plan.model import (
    ColumnRef,
    Comparison,
    InSubquery,
    Item,
    Measure,
    Percentage,
    Plan,
    columns_of,
)
from schema_docs.scan.profiler import estimate_distinct


def is_category_list(state: ParserState, plan: Plan) -> bool:
    """Check whether a plan only lists a text that many rows share: `all colours of the products`."""
    is_plain = not (plan.where or plan.order or plan.group or plan.having or plan.limit or plan.tables)
    item = plan.select[0] if len(plan.select) == 1 else None
    if not is_plain or not isinstance(item, ColumnRef) or item.table != plan.entity:
        return False
    roles = state.schema.roles[item.table]
    profile = state.schema.map.profile(item.table, item.column)
    row_count = roles.table.row_estimate or 0
    is_shared = profile is not None and 0 < estimate_distinct(profile, row_count) * 4 <= row_count * 3
    is_name = item.column in roles.display_columns or item.column in roles.key_columns
    return is_shared and not is_name and roles.column(item.column).kind == "text"


def build_grouped_plan(state: ParserState, items: list[Item]) -> Plan:
    """Build the plan with the GROUP BY that its selected items require."""
    assert state.entity is not None
    plan = Plan(
        state.entity,
        tuple(items),
        where=state.filters.where,
        having=state.filters.having,
        order=state.ordering.keys,
        limit=state.ordering.limit,
        distinct=state.selection.distinct
        or any(request.distinct and not request.counted for request in state.selection.items),
        tables=tuple(table for table in state.tables if table != state.entity),
    )
    if plan.having and not state.grouping.items and (count_plan := _count_groups(state, plan)):
        return count_plan
    measures = [item for item in items if isinstance(item, Measure | Percentage)]
    plain: list[Item] = [item for item in items if not isinstance(item, Measure | Percentage)]
    if state.grouping.items:
        return _add_groups(state, plan, measures, plain)
    if measures and plain:
        return plan.with_(group=group_keys(state, plain, measures))
    if plan.having or any(isinstance(order.item, Measure) for order in plan.order):
        measured_items = [
            c.item for c in plan.having if isinstance(c, Comparison) and isinstance(c.item, Measure)
        ]
        measured_items += [order.item for order in plan.order if isinstance(order.item, Measure)]
        return plan.with_(group=group_keys(state, plain, measured_items))
    return plan


def _count_groups(state: ParserState, plan: Plan) -> Plan | None:
    """Count groups that satisfy HAVING: `how many customers have more than 5 orders`."""
    if len(state.selection.items) != 1 or not state.selection.items[0].counted or len(plan.select) != 1:
        return None
    request, key = state.selection.items[0], state.key(plan.entity)
    if request.column and request.column != key:
        groups = plan.with_(select=(request.column,), group=(request.column,), order=(), distinct=False)
        return groups.with_(outer_function="count")
    if key is None:
        return None
    inner = plan.with_(select=(key,), group=(key,), order=(), limit=None)
    return Plan(plan.entity, (Measure("count", table=plan.entity),), where=(InSubquery(key, inner),))


def _add_groups(
    state: ParserState, plan: Plan, measures: list[Measure | Percentage], plain: list[Item]
) -> Plan:
    """Group by the requested items and select them first; without an aggregate, count or list the rows."""
    entity_only = all(request.table == plan.entity for request in state.selection.items)
    if not measures and (entity_only or not plain or all(item in state.grouping.items for item in plain)):
        if state.ordering.top and isinstance(state.ordering.top.item, Measure):
            return plan.with_(select=state.grouping.items, group=state.grouping.items)
        if state.ordering.top and plain and state.ordering.top.criterion != "common":
            return plan.with_(
                select=_merge_items(state.grouping.items, plain), partition_by=state.grouping.items
            )
        measures = [Measure("count", table=plan.entity)]
        plain = []
    if not measures:
        if state.ordering.top:
            return plan.with_(
                select=_merge_items(state.grouping.items, plain), partition_by=state.grouping.items
            )
        return plan
    groups = _merge_items(state.grouping.items, plain)
    group_by = _add_row_keys(state, groups)
    select = _replace_names(state, plain)
    return plan.with_(select=(*select, *measures), group=group_by)


def _replace_names(state: ParserState, plain: list[Item]) -> tuple[Item, ...]:
    """Select the requested id instead of the name: `the id and number of documents of each employee`."""
    plain_tables = {item.table for item in plain if isinstance(item, ColumnRef)}
    names = {
        item
        for item in state.grouping.items
        if isinstance(item, ColumnRef)
        and item.table in plain_tables
        and item.column in state.schema.roles[item.table].display_columns
    }
    remaining = [item for item in state.grouping.items if item not in names or item in plain]
    return tuple(dict.fromkeys((*remaining, *plain)))


def _merge_items(groups: Sequence[Item], plain: Sequence[Item]) -> tuple[Item, ...]:
    """Concatenate groups and selected columns without duplicates."""
    return tuple(dict.fromkeys((*groups, *plain)))


def _add_row_keys(state: ParserState, groups: tuple[Item, ...]) -> tuple[Item, ...]:
    """Add primary keys to groups by display name, because two rows may share a name."""
    keys: list[Item] = []
    for item in groups:
        if isinstance(item, ColumnRef) and item.column in state.schema.roles[item.table].display_columns:
            roles = state.schema.roles[item.table]
            key = state.key(item.table)
            if (
                key
                and key not in keys
                and (item.column,) not in roles.table.unique
                and item.table != state.entity
            ):
                keys.append(key)
    return (*keys, *(item for item in groups if item not in keys))


def group_keys(
    state: ParserState, plain: list[Item], measures: Sequence[Measure | Percentage]
) -> tuple[Item, ...]:
    """Choose the GROUP BY items: selected columns, plus the entity's key if another table is aggregated."""
    entity = state.entity
    assert entity is not None
    measured_tables = {
        m.table or (col.table if (col := next(columns_of(m), None)) else None) for m in measures
    }
    key = state.key(entity)
    is_about_entity = all(isinstance(item, ColumnRef) and item.table == entity for item in plain)
    roles = state.schema.roles[entity]
    name_columns = {
        *roles.display_columns,
        *roles.table.primary_key,
        *(column for columns in roles.table.unique for column in columns),
    }
    shows_rows = any(isinstance(item, ColumnRef) and item.column in name_columns for item in plain)
    if entity in measured_tables or key is None or not is_about_entity or not shows_rows:
        return tuple(plain)
    return (key, *(item for item in plain if item != key))

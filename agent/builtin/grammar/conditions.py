"""Conditions: add them to the filters under the current negation and connective."""

from dataclasses import replace

from agent.builtin.grammar.negation import begin_anti_join, negate
from agent.builtin.grammar.state import ParserState
from agent.builtin.plan.model import (
    Comparison,
    Condition,
    InList,
    InSubquery,
    IsNull,
    Item,
    Or,
    Plan,
    columns_of,
)


def add_condition(state: ParserState, condition: Condition) -> ParserState:
    """Add a condition, applying the negation, anti-join and connective of the current clause."""
    tables = {column.table for column in columns_of(condition)}
    entity = state.entity
    to_many = entity is not None and any(state.schema.is_to_many(entity, table) for table in tables)
    if state.clause.negated and to_many:
        state = begin_anti_join(state)
    if (anti_join := state.clause.anti_join) is not None:
        extended = replace(anti_join, conditions=(*anti_join.conditions, condition))
        return replace(state, clause=replace(state.clause, anti_join=extended))
    # Sorted, so that the same question always leads to the same joins.
    new_tables = sorted(table for table in tables if table != entity and table not in state.tables)
    state = state.add_tables(*new_tables)
    state = _connect(state, negate(condition) if state.clause.negated else condition, to_many)
    return replace(state, clause=replace(state.clause, negated=False))


def _connect(state: ParserState, condition: Condition, to_many: bool) -> ParserState:
    """Connect a condition with the previous one: AND, OR, IN (…), or an intersection."""
    where = state.filters.where
    if condition in where:
        return state
    if not where:
        return _reset_connective(state.with_where(condition))
    *before, previous = where
    connective, both = state.clause.connective, state.clause.both
    state = _reset_connective(state)
    if connective == "or":
        return state.with_where(*before, disjunction(previous, condition))
    if _equate_same_item(previous, condition):
        if to_many and both and state.entity:
            return state.with_where(*before, _exists(state, previous), _exists(state, condition))
        if not both:
            return state.with_where(*before, disjunction(previous, condition))
        return _intersect(state, previous, condition)
    if _are_disjoint(previous, condition):
        return _intersect(state, previous, condition)
    return state.add_where(condition)


def _reset_connective(state: ParserState) -> ParserState:
    return replace(state, clause=replace(state.clause, connective="and"))


def _intersect(state: ParserState, previous: Condition, condition: Condition) -> ParserState:
    filters = replace(state.filters, where=state.filters.where[:-1], intersection=(previous, condition))
    return replace(state, filters=filters)


def _exists(state: ParserState, condition: Condition) -> Condition:
    """Turn a condition on joined rows into one on the entity: such a row exists."""
    assert state.entity is not None
    key = state.key(state.entity)
    if key is None:
        return condition
    return InSubquery(key, Plan(state.entity, (key,), where=(condition,)))


def resolve_pending_column(state: ParserState) -> ParserState:
    """Decide on a column that no operand followed: `with a coupon`, `without a coupon`."""
    column = state.clause.column
    if column is None:
        return state
    state = state.with_column(None)
    clause = state.clause
    roles = state.schema.roles[column.table]
    nullable = roles.column(column.column).nullable and column.column not in roles.key_columns
    elsewhere = column.table != state.entity and clause.anti_join is None
    if clause.negated and nullable:
        state = replace(state, clause=replace(clause, negated=False))
        return state.add_where(IsNull(column))
    if clause.negated and elsewhere:
        return begin_anti_join(state, column.table)
    if clause.column_after_with and nullable and not roles.is_measure(column.column):
        return state.add_where(IsNull(column, negated=True))
    if elsewhere:
        return state.mention(column.table).focus_on(state.entity)
    return state


def _are_disjoint(first: Condition, second: Condition) -> bool:
    """Whether two comparisons of one column exclude each other: above 10 and below 5."""
    if not (isinstance(first, Comparison) and isinstance(second, Comparison) and first.item == second.item):
        return False
    if first.op in {"<", "<="}:
        first, second = second, first
    low, high = first.value, second.value
    if not (isinstance(low, int | float) and isinstance(high, int | float)):
        return False
    return first.op in {">", ">="} and second.op in {"<", "<="} and low >= high


def _equate_same_item(first: Condition, second: Condition) -> bool:
    item = _equated_item(first)
    return item is not None and item == _equated_item(second)


def _equated_item(condition: Condition) -> Item | None:
    match condition:
        case Comparison(item, "=", str() | int() | float() | bool()):
            return item
        case InList(item, _, False):
            return item
    return None


def _equated_values(condition: Condition) -> tuple[str | int | float | bool, ...]:
    match condition:
        case Comparison(_, "=", str() | int() | float() | bool() as value):
            return (value,)
        case InList(_, values, _):
            return values
    return ()


def disjunction(first: Condition, second: Condition) -> Condition:
    """Connect two conditions by OR; two values of one column become a list."""
    item = _equated_item(first)
    if item is not None and item == _equated_item(second):
        return InList(item, tuple(dict.fromkeys((*_equated_values(first), *_equated_values(second)))))
    if isinstance(first, Or):
        return Or((*first.parts, second))
    return Or((first, second))

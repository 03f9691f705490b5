"""Negation: opposite conditions, and anti-joins for rows that must not exist."""

from dataclasses import replace

from agent.builtin.grammar.measures import shows_category
from agent.builtin.grammar.state import AntiJoin, ParserState
from agent.builtin.plan.model import (
    And,
    ColumnRef,
    Comparison,
    ComparisonOperator,
    Condition,
    InSubquery,
    Or,
    Plan,
)

_OPPOSITE: dict[ComparisonOperator, ComparisonOperator] = {
    "=": "<>",
    "<>": "=",
    ">": "<=",
    ">=": "<",
    "<": ">=",
    "<=": ">",
    "like": "not like",
    "not like": "like",
}


def negate(condition: Condition) -> Condition:
    """Return the opposite of a condition."""
    match condition:
        case Comparison(item, op, value):
            return Comparison(item, _OPPOSITE[op], value)
        case And(parts):
            return Or(tuple(negate(part) for part in parts))
        case Or(parts):
            return And(tuple(negate(part) for part in parts))
    return replace(condition, negated=not condition.negated)


def begin_anti_join(state: ParserState, table: str | None = None) -> ParserState:
    """Begin an anti-join, or extend the current one: what follows must not exist."""
    clause = state.clause
    if clause.anti_join is None:
        clause = replace(clause, anti_join=AntiJoin(), negated=False)
    state = replace(state, clause=clause)
    return extend_anti_join(state, table) if table else state


def extend_anti_join(state: ParserState, table: str) -> ParserState:
    """Add a table to the current anti-join."""
    anti_join = state.clause.anti_join
    assert anti_join is not None
    extended = replace(anti_join, tables=(*anti_join.tables, table))
    return replace(state, clause=replace(state.clause, anti_join=extended))


def end_anti_join(state: ParserState) -> ParserState:
    """Turn the current anti-join into one condition: the entity is not among the rows that match it."""
    anti_join = state.clause.anti_join
    if anti_join is None:
        return state
    state = replace(state, clause=replace(state.clause, anti_join=None))
    if state.entity is None:
        return state
    excluded = state.clause.excluded_column
    first_column = state.schema.roles[state.entity].table.columns[0].name
    key = excluded or state.key(state.entity) or ColumnRef(state.entity, first_column)
    tables = tuple(dict.fromkeys(anti_join.tables))
    matching = Plan(state.entity, (key,), where=anti_join.conditions, tables=tables)
    state = state.add_where(InSubquery(key, matching, negated=True))
    if excluded is None:
        return state
    return replace(state, selection=replace(state.selection, distinct=True))


def reinterpret_subject(state: ParserState, table: str) -> ParserState | None:
    """Correct the subject if `table`, taken for it, is what is missing; None if it is not.

    `customer ids without an account` are ids of customers, though accounts hold them too; `studios that have
    not made films` are studios, though only films have a studio.
    """
    items = state.selection.items
    if state.filters.where or state.grouping.items or len(items) != 1 or table != state.entity:
        return None
    item = items[0]
    if item.column is None or item.functions or item.table:
        return None
    original = _referenced_column(state, item.column)
    if original is not None and state.key(original.table):
        state = state.with_items(replace(item, column=original, owner=original.table))
        return replace(state, entity=original.table)
    if shows_category(state) and not item.counted:
        return replace(state, clause=replace(state.clause, excluded_column=item.column))
    return None


def _referenced_column(state: ParserState, column: ColumnRef) -> ColumnRef | None:
    """Return the column of another table that this one repeats."""
    if column.table != state.entity:
        return column
    for key in state.schema.roles[column.table].table.foreign_keys:
        if key.columns == (column.column,) and key.referenced_table != column.table:
            return ColumnRef(key.referenced_table, key.referenced_columns[0])
    return None


def add_group_condition(state: ParserState, condition: Comparison, table: str) -> ParserState:
    """Add a condition on groups; a negated one excludes the groups: `did not order 2 or more times`."""
    key = state.key(state.entity) if state.entity and state.clause.negated else None
    if key is None:
        return state.add_having(condition)
    state = replace(state, clause=replace(state.clause, negated=False))
    groups = Plan(key.table, (key,), group=(key,), having=(condition,), tables=(table,))
    return state.add_where(InSubquery(key, groups, negated=True))


def resolve_negation(state: ParserState) -> ParserState:
    """Apply a negation without a condition to referencing rows: `services that were never used`."""
    clause = state.clause
    if not clause.negated or state.entity is None or clause.anti_join is not None:
        return state
    state = replace(state, clause=replace(clause, negated=False))
    assert state.entity is not None
    referencing = [edge.other for edge in state.schema.graph.edges(state.entity) if edge.is_to_many]
    behind = [span for back in (-1, -2, -3) if (span := state.peek(back))]
    used = any(span.find_word("verb") or span.text.lower() == "used" for span in behind)
    if not referencing or not used:
        state.mark_unplaced("not")
        return state
    rows = {table: state.schema.roles[table].table.row_estimate or 0 for table in referencing}
    state.evidence.guesses += 1
    return begin_anti_join(state, max(referencing, key=lambda table: rows[table]))

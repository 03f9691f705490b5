"""Apply a follow-up question to the previous query plan."""

from datetime import date, timedelta

from agent.builtin.followup.detection import (
    asks_for_count,
    asks_for_list,
    mentions_plural,
    previous_period_unit,
)
from agent.builtin.followup.edits import edit_grouping, edit_order, edit_selection, select_rows
from agent.builtin.grammar.measures import display_columns
from agent.builtin.grammar.state import ParserState
from agent.builtin.plan.builder import add_pending_values, build_plan, resolve_implicit
from agent.builtin.plan.model import (
    Between,
    ColumnRef,
    Comparison,
    Condition,
    InList,
    InPeriod,
    IsNull,
    Item,
    Measure,
    Or,
    Plan,
)
from agent.builtin.text.intervals import unit_around


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

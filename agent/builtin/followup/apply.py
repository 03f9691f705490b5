"""Apply a follow-up to the last plan."""

from datetime import date, timedelta

from agent.builtin.followup.detection import asks_how_many, asks_to_list, speaks_of_many, unit_before
from agent.builtin.followup.edits import rows_of, with_group, with_order, with_selection
from agent.builtin.grammar.measures import display_of
from agent.builtin.grammar.state import Reader
from agent.builtin.plan.builder import assemble, place_pending_values
from agent.builtin.plan.model import (
    AnyOf,
    Between,
    Col,
    Compare,
    Condition,
    During,
    Item,
    Measure,
    Missing,
    OneOf,
    Plan,
)
from agent.builtin.text.intervals import unit_around


def edit(plan: Plan, reader: Reader, said: str) -> Plan | None:
    """Apply what a follow-up says to the last plan; None where it says nothing that fits."""
    if asks_how_many(said):
        return count_of(plan, reader)
    if asks_to_list(said):
        return listed(plan, reader)
    place_pending_values(reader)
    if reader.leaned:
        return assemble(reader)
    if earlier := _the_one_before(plan, said):
        reader.unplaced.clear()
        return earlier
    _turn_into_conditions(reader, said)
    edited = _with_conditions(plan, reader, said)
    edited = with_selection(edited, reader, said)
    edited = with_group(edited, reader, said)
    edited = with_order(edited, reader, said)
    extra = tuple(table for table in reader.tables if table not in edited.tables and table != edited.entity)
    edited = edited.with_(tables=(*edited.tables, *extra))
    # Asking for what is shown already is understood as well.
    return edited if edited != plan or reader.wants else None


def _the_one_before(plan: Plan, said: str) -> Plan | None:
    """`and the month before?`: the period of the last plan, moved back."""
    unit = unit_before(said)
    for number, condition in enumerate(plan.where):
        if unit and isinstance(condition, During) and condition.start:
            day = date.fromisoformat(condition.start) - timedelta(days=1)
            start, end = unit_around(day, unit)
            words = f"the {unit} before ({start.isoformat()})"
            moved = During(condition.item, start.isoformat(), end.isoformat(), words)
            return plan.with_(where=(*plan.where[:number], moved, *plan.where[number + 1 :]))
    return None


def _turn_into_conditions(reader: Reader, said: str) -> None:
    """`only the active ones` wants no column shown."""
    if not (speaks_of_many(said) or said.lower().startswith(("only", "just"))):
        return
    for want in list(reader.wants):
        if want.col and reader.schema.facts[want.col.table].is_boolean(want.col.column):
            reader.wants.remove(want)
            reader.where.append(Compare(want.col, "=", True))


def count_of(plan: Plan, reader: Reader) -> Plan:
    """How many rows the last plan gave."""
    key = reader.key(plan.entity)
    if (plan.group and key not in plan.group) or plan.combined or plan.distinct:
        return plan.with_(over="count", order=plan.order if plan.limit else ())
    if plan.over:
        return plan
    return rows_of(plan, reader).with_(show=(Measure("count", of=plan.entity),))


def listed(plan: Plan, reader: Reader) -> Plan:
    """The rows that the last plan counted."""
    counted = next(
        (item for item in plan.show if isinstance(item, Measure) and item.function == "count"), None
    )
    if counted and isinstance(counted.term, Col) and counted.distinct and not counted.of:
        return rows_of(plan, reader).with_(show=(counted.term,), distinct=True)
    return rows_of(plan, reader).with_(show=display_of(reader, plan.entity))


def _with_conditions(plan: Plan, reader: Reader, said: str) -> Plan:
    """New conditions replace old ones on the same column; others are added."""
    where = list(plan.where)
    if reader.where and plan.limit == 1 and speaks_of_many(said):
        # The one was the answer to a question about many, of which only some are wanted now.
        plan = plan.with_(order=(), limit=None)
    for condition in reader.where:
        about = _about(condition)
        same = [n for n, old in enumerate(where) if about and _about(old) == about]
        if same and _replaces(where[same[0]], condition):
            where[same[0]] = condition
        elif condition not in where:
            where.append(condition)
    plan = plan.with_(where=tuple(where))
    return _with_having(plan, reader) if reader.having else plan


def _with_having(plan: Plan, reader: Reader) -> Plan:
    plan = plan.with_(having=(*plan.having, *reader.having))
    if plan.group:
        return plan
    key = reader.key(plan.entity)
    show = plan.show
    if any(isinstance(item, Measure) for item in show):
        show = display_of(reader, plan.entity)
    return plan.with_(show=show, group=(*((key,) if key else ()), *(item for item in show if item != key)))


def _about(condition: Condition) -> Item | None:
    match condition:
        case Compare(item, _, _) | OneOf(item, _, _) | Between(item, _, _, _) | During(item, _, _, _, _):
            return item
        case Missing(item, _):
            return item
        case AnyOf(parts):
            return _about(parts[0])
    return None


def _replaces(old: Condition, new: Condition) -> bool:
    """`above 10` and then `below 20` are both meant; `in Berlin` and then `in Paris` are not."""
    if isinstance(old, Compare) and isinstance(new, Compare):
        return (old.op in {">", ">="}) == (new.op in {">", ">="}) or old.op == "="
    return True

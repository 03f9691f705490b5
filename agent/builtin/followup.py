"""Apply a follow-up to the last plan: another filter, measure, group, order, or other columns."""

from collections.abc import Sequence
from datetime import date, timedelta

from agent.builtin.assemble import assemble, is_reversed, items_of, place_pending_values
from agent.builtin.comparing import bucket_of
from agent.builtin.grouping import ADDED_UP, display_of
from agent.builtin.leaning import (
    asks_how_many,
    asks_to_list,
    asks_to_show,
    sorts_by_its_number,
    speaks_of_each,
    speaks_of_many,
    unit_before,
    wants_both,
)
from agent.builtin.periods import unit_around
from agent.builtin.plan import (
    AnyOf,
    Between,
    Bucket,
    Col,
    Compare,
    Condition,
    During,
    Item,
    Measure,
    Member,
    Missing,
    OneOf,
    Order,
    Plan,
    Share,
)
from agent.builtin.reader import Reader

# How many rows `the top` are, where nobody says.
SEVERAL = 10


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
    edited = _with_selection(edited, reader, said)
    edited = _with_group(edited, reader, said)
    edited = _with_order(edited, reader, said)
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


def rows_of(plan: Plan, reader: Reader) -> Plan:
    """The rows of the entity that a plan is about, without what it shows of them."""
    bare = Plan(plan.entity, (), where=plan.where, tables=plan.tables)
    key = reader.key(plan.entity)
    if key and (plan.limit or plan.having) and (key in plan.group or not plan.group):
        inner = plan.with_(show=(key,), order=plan.order if plan.limit else (), distinct=False)
        return Plan(plan.entity, (), where=(Member(key, inner),))
    return bare


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


def _with_selection(plan: Plan, reader: Reader, said: str) -> Plan:
    items = [item for want in reader.wants for item in items_of(reader, want)]
    if not items:
        return plan
    had = any(isinstance(item, Measure | Share) for item in plan.show)
    if had:
        items = [_summed(reader, item) for item in items]
    plain = [want.table == plan.entity and not want.counted and not want.share for want in reader.wants]
    had_measures = any(isinstance(item, Measure | Share) for item in plan.show)
    if all(plain) and had_measures and reader.where and not asks_to_show(said):
        # `and business customers?` asks for the same number of others.
        return plan
    if all(plain):
        return rows_of(plan, reader).with_(show=tuple(items)) if had_measures and not plan.group else plan
    measures: list[Item] = [item for item in items if isinstance(item, Measure | Share)]
    if measures:
        return _with_measures(plan, reader, measures, said)
    return _with_columns(plan, reader, items)


def _summed(reader: Reader, item: Item) -> Item:
    """After `how many orders`, `what was the total` is a sum."""
    if isinstance(item, Col) and reader.schema.facts[item.table].is_measure(item.column):
        words = set(reader.schema.facts[item.table].words_of(item.column))
        if words & {"total", "amount"} or any(
            want.piece and ADDED_UP & set(want.piece.lemmas) for want in reader.wants
        ):
            return Measure("sum", item)
    return item


def _with_measures(plan: Plan, reader: Reader, measures: list[Item], said: str) -> Plan:
    """Another measure: in the same groups, for each row shown, or over all rows of the last plan."""
    old = [item for item in plan.show if not isinstance(item, Measure | Share)]
    if plan.group and len(old) < len(plan.show):
        kept = plan.show if wants_both(said) else old
        return plan.with_(show=tuple(dict.fromkeys((*kept, *measures))), order=_still(plan, measures))
    if speaks_of_each(said) and old and not reader.group:
        key = reader.key(plan.entity)
        about_rows = key and set(old) <= set(display_of(reader, plan.entity))
        group = tuple(dict.fromkeys((*((key,) if key and about_rows else ()), *old)))
        return plan.with_(show=(*old, *measures), group=group, order=(), limit=None)
    base = rows_of(plan, reader)
    return base.with_(show=tuple(measures), having=())


def _still(plan: Plan, measures: Sequence[Item]) -> tuple[Order, ...]:
    return tuple(
        Order(measures[0], order.descending) if isinstance(order.item, Measure) else order
        for order in plan.order
    )


def _with_columns(plan: Plan, reader: Reader, items: list[Item]) -> Plan:
    """`show their e-mails`, `and their e-mails`."""
    old = [item for item in plan.show if not isinstance(item, Measure | Share)]
    if len(old) < len(plan.show) and not plan.group:
        return rows_of(plan, reader).with_(show=tuple(items))
    if not plan.group:
        return plan.with_(show=tuple(dict.fromkeys((*(old if reader.also else ()), *items))))
    kept = plan.show if reader.also else ()
    show = tuple(dict.fromkeys((*(item for item in kept if not isinstance(item, Measure)), *items)))
    measures = tuple(item for item in kept if isinstance(item, Measure))
    group = (*plan.group, *(item for item in show if item not in plan.group))
    return plan.with_(show=(*show, *measures), group=group)


def _with_group(plan: Plan, reader: Reader, said: str) -> Plan:
    groups: list[Item] = list(reader.group)
    if reader.bucket:
        bucket = bucket_of(reader, reader.bucket)  # type: ignore[arg-type]  # the lexicon has only units
        if bucket:
            groups.append(bucket)
    if not groups:
        return plan
    measures = tuple(item for item in plan.show if isinstance(item, Measure | Share))
    if not measures:
        measures = (Measure("count", of=plan.entity),)
    old: tuple[Item, ...] = ()
    if plan.group and any(word in said.lower().split() for word in ("also", "too", "additionally")):
        old = tuple(item for item in plan.show if not isinstance(item, Measure | Share))
    shown = tuple(dict.fromkeys((*old, *groups)))
    order = tuple(Order(item) for item in groups if isinstance(item, Bucket))
    return plan.with_(show=(*shown, *measures), group=shown, order=order, limit=None, having=())


def _with_order(plan: Plan, reader: Reader, said: str) -> Plan:
    measures = [item for item in plan.show if isinstance(item, Measure)]
    if reader.order:
        descending = reader.order[0].descending
        by_number = measures and sorts_by_its_number(said)
        order = tuple(Order(_matched(plan, o.item, measures), o.descending) for o in reader.order)
        plan = plan.with_(order=(Order(measures[0], descending),) if by_number else order)
    if reader.limit is not None:
        plan = plan.with_(limit=reader.limit)
    return (_with_top(plan, reader) or plan) if reader.top else plan


def _matched(plan: Plan, item: Item, measures: list[Measure]) -> Item:
    """`sort by revenue` means the measure that is shown, where it is of that column."""
    term = item.term if isinstance(item, Measure) else item
    same = [measure for measure in measures if measure.term == term and term is not None]
    if same:
        return same[0]
    if measures and plan.group and isinstance(item, Col) and item not in plan.group:
        return measures[0]
    return item


def _with_top(plan: Plan, reader: Reader) -> Plan | None:
    """`which of them is the oldest?`, `top 3`: order the last plan's rows and keep the first."""
    top = reader.top
    assert top is not None
    measures = [item for item in plan.show if isinstance(item, Measure)]
    item: Item | None = top.item
    if item is None and top.about and top.about != "common":
        item = reader.find_property(top.about, plan.entity)
    if item is None and plan.group:
        item = next(iter(measures), None)
    if item is None and plan.order:
        return plan.with_(limit=top.limit or SEVERAL)
    if item is None:
        return None
    group, show = plan.group, plan.show
    if measures and not group:
        show = display_of(reader, plan.entity)
    if isinstance(item, Measure) and not group:
        key = reader.key(plan.entity)
        group = (*((key,) if key else ()), *(shown for shown in show if shown != key))
    descending = top.descending != is_reversed(reader, item, top.about)
    return plan.with_(order=(Order(item, descending),), limit=top.limit or SEVERAL, group=group, show=show)

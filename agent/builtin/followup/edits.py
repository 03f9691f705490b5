"""Show, measure, group and order the rows of the last plan in another way."""

from collections.abc import Sequence

from agent.builtin.followup.detection import asks_to_show, sorts_by_its_number, speaks_of_each, wants_both
from agent.builtin.grammar.column_resolution import find_property
from agent.builtin.grammar.date_filters import bucket_of
from agent.builtin.grammar.measures import ADDED_UP, display_of
from agent.builtin.grammar.state import Reader
from agent.builtin.plan.model import Bucket, Col, Item, Measure, Member, Order, Plan, Share
from agent.builtin.plan.projection import items_of
from agent.builtin.plan.top_n import is_reversed

# How many rows `the top` are, where nobody says.
MANY = 10


def rows_of(plan: Plan, reader: Reader) -> Plan:
    """The rows of the entity that a plan is about, without what it shows of them."""
    bare = Plan(plan.entity, (), where=plan.where, tables=plan.tables)
    key = reader.key(plan.entity)
    if key and (plan.limit or plan.having) and (key in plan.group or not plan.group):
        inner = plan.with_(show=(key,), order=plan.order if plan.limit else (), distinct=False)
        return Plan(plan.entity, (), where=(Member(key, inner),))
    return bare


def with_selection(plan: Plan, reader: Reader, said: str) -> Plan:
    """Show what a follow-up asks for."""
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


def with_group(plan: Plan, reader: Reader, said: str) -> Plan:
    """Group as a follow-up asks for."""
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


def with_order(plan: Plan, reader: Reader, said: str) -> Plan:
    """Order as a follow-up asks for."""
    measures = [item for item in plan.show if isinstance(item, Measure)]
    if reader.order:
        descending = reader.order[0].descending
        by_number = measures and sorts_by_its_number(said)
        order = tuple(Order(_matched(plan, o.item, measures), o.descending) for o in reader.order)
        plan = plan.with_(order=(Order(measures[0], descending),) if by_number else order)
    if reader.limit is not None:
        plan = plan.with_(limit=reader.limit)
    return (_with_first(plan, reader) or plan) if reader.top else plan


def _matched(plan: Plan, item: Item, measures: list[Measure]) -> Item:
    """`sort by revenue` means the measure that is shown, where it is of that column."""
    term = item.term if isinstance(item, Measure) else item
    same = [measure for measure in measures if measure.term == term and term is not None]
    if same:
        return same[0]
    if measures and plan.group and isinstance(item, Col) and item not in plan.group:
        return measures[0]
    return item


def _with_first(plan: Plan, reader: Reader) -> Plan | None:
    """`which of them is the oldest?`, `top 3`: order the last plan's rows and keep the first."""
    top = reader.top
    assert top is not None
    measures = [item for item in plan.show if isinstance(item, Measure)]
    item: Item | None = top.item
    if item is None and top.about and top.about != "common":
        item = find_property(reader, top.about, plan.entity)
    if item is None and plan.group:
        item = next(iter(measures), None)
    if item is None and plan.order:
        return plan.with_(limit=top.limit or MANY)
    if item is None:
        return None
    group, show = plan.group, plan.show
    if measures and not group:
        show = display_of(reader, plan.entity)
    if isinstance(item, Measure) and not group:
        key = reader.key(plan.entity)
        group = (*((key,) if key else ()), *(shown for shown in show if shown != key))
    descending = top.descending != is_reversed(reader, item, top.about)
    return plan.with_(order=(Order(item, descending),), limit=top.limit or MANY, group=group, show=show)

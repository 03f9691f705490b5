"""Read a follow-up as an edit of the last plan: another filter, measure, group, order, or more columns."""

import re

from agent.builtin.assemble import is_reversed, items_of, place_pending_values
from agent.builtin.comparing import bucket_of
from agent.builtin.grouping import display_of
from agent.builtin.plan import (
    Between,
    Bucket,
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

_OPENING = re.compile(
    r"^(?:and|but|also|or|now|then|ok(?:ay)?[, ]|so|what about|how about|what if|only|just|same|instead|sort|order (?:by|them|it|these|those)|group|by|per|"
    r"those|these|them|from|in|with|without|for|which (?:one|of (?:these|those|them))|who of|of (?:these|those|them)|among (?:these|those|them)|"
    r"how many(?: of (?:these|those|them))?(?: are (?:there|they|those|these|from|in))?\s*[?.]*$|excluding|except|not|since|before|after|last|this|top \d+\s*\??$|the (?:same|top)|make it|break|split|"
    r"limit|add|include|exclude|remove the|show (?:me )?(?:their|its|them|those|these|only|also|the (?:same|first|last)|it|just)|list (?:their|its|them|those)|give (?:me )?(?:their|its|them)|"
    r"what (?:is|are|was|were) (?:their|its|his|her|they|those|these|the (?:average|total|sum|maximum|minimum)\s*\??$))\b",
    re.IGNORECASE,
)
_POINTING = re.compile(
    r"\b(?:them|those|these|their|theirs|they|its|ones|of it|that one|the same|this one|the former|his|her)\b",
    re.I,
)
_COUNTING = re.compile(
    r"^(?:and |so |but )?how many(?: of (?:these|those|them|they)| (?:are|were) (?:there|those|these|they|that)| is that)?\s*(?:in total|all together|altogether)?\s*[?.!]*$",
    re.I,
)
_REPLACING = re.compile(
    r"^(?:and |but |ok |so )?(?:what about|how about|instead|and |same for|and for|for|now)\b", re.I
)


def looks_like_follow_up(question: str) -> bool:
    """Whether a question leans on the one before it."""
    asked = question.strip()
    return bool(_OPENING.match(asked) or _POINTING.search(asked)) or len(asked.split()) <= 2


def edit(plan: Plan, reader: Reader, said: str) -> Plan | None:
    """Apply what a follow-up says to the last plan; None where it says nothing that fits."""
    if _COUNTING.match(said.strip()):
        return count_of(plan, reader)
    place_pending_values(reader)
    edited = plan
    if reader.where or reader.having:
        edited = _with_conditions(edited, reader)
    edited = _with_selection(edited, reader)
    edited = _with_group(edited, reader)
    edited = _with_order(edited, reader)
    extra = tuple(table for table in reader.tables if table not in edited.tables and table != edited.entity)
    edited = edited.with_(tables=(*edited.tables, *extra))
    return edited if edited != plan else None


def count_of(plan: Plan, reader: Reader) -> Plan:
    """How many rows the last plan gave."""
    if plan.group or plan.limit or plan.having:
        key = reader.key(plan.entity)
        if key and key in plan.group:
            inner = plan.with_(show=(key,), order=plan.order if plan.limit else ())
            return Plan(plan.entity, (Measure("count", of=plan.entity),), where=(Member(key, inner),))
        return plan.with_(over="count", order=(), show=plan.show)
    return Plan(plan.entity, (Measure("count", of=plan.entity),), plan.where, tables=plan.tables)


def _with_conditions(plan: Plan, reader: Reader) -> Plan:
    """New conditions replace old ones on the same column; others are added."""
    where = list(plan.where)
    for condition in reader.where:
        about = _about(condition)
        same = [n for n, old in enumerate(where) if about and _about(old) == about]
        if same and _replaces(where[same[0]], condition):
            where[same[0]] = condition
        elif condition not in where:
            where.append(condition)
    group, show = plan.group, plan.show
    having = (*plan.having, *reader.having)
    if reader.having and not group:
        key = reader.key(plan.entity)
        if any(isinstance(item, Measure) for item in show):
            show = display_of(reader, plan.entity)
        group = (*((key,) if key else ()), *(item for item in show if item != key))
    return plan.with_(where=tuple(where), having=having, group=group, show=show)


def _about(condition: Condition) -> Item | None:
    match condition:
        case Compare(item, _, _) | OneOf(item, _, _) | Between(item, _, _, _) | During(item, _, _, _, _):
            return item
        case Missing(item, _):
            return item
    return None


def _replaces(old: Condition, new: Condition) -> bool:
    """`above 10` and then `below 20` are both meant; `in Berlin` and then `in Paris` are not."""
    if isinstance(old, Compare) and isinstance(new, Compare):
        return (old.op in {">", ">="}) == (new.op in {">", ">="}) or old.op == "="
    return True


def _with_selection(plan: Plan, reader: Reader) -> Plan:
    items = [item for want in reader.wants for item in items_of(reader, want)]
    tables_only = all(
        want.table == plan.entity and not want.counted and not want.share for want in reader.wants
    )
    if not items:
        return plan
    measures: list[Item] = [item for item in items if isinstance(item, Measure | Share)]
    had_measures = any(isinstance(item, Measure | Share) for item in plan.show)
    if tables_only:
        return (
            plan.with_(show=tuple(items), group=(), having=plan.having)
            if had_measures and not plan.group
            else plan
        )
    if measures:
        if plan.group and had_measures:
            return plan.with_(
                show=(*[i for i in plan.show if not isinstance(i, Measure)], *measures),
                order=_still(plan, measures),
            )
        return plan.with_(
            show=tuple(measures), order=(), limit=None, group=plan.group if had_measures else ()
        )
    return _with_columns(plan, reader, items, had_measures)


def _still(plan: Plan, measures: list[Item]) -> tuple[Order, ...]:
    return tuple(
        Order(measures[0], order.descending) if isinstance(order.item, Measure) else order
        for order in plan.order
    )


def _with_columns(plan: Plan, reader: Reader, items: list[Item], had_measures: bool) -> Plan:
    """`show their e-mails`: columns beside the names that identify the rows."""
    if had_measures and plan.group and not reader.also:
        shown = [item for item in plan.show if not isinstance(item, Measure)]
        key = reader.key(plan.entity)
        if key in plan.group:
            extra = [item for item in items if item not in shown]
            return plan.with_(
                show=(*shown, *extra, *[i for i in plan.show if isinstance(i, Measure)]),
                group=(*plan.group, *extra),
            )
    if had_measures:
        return plan.with_(show=(*_beside(reader, plan, items), *items), group=(), order=(), limit=None)
    kept = list(plan.show) if reader.also else _beside(reader, plan, items)
    merged = tuple(dict.fromkeys((*kept, *items)))
    group = (*plan.group, *(item for item in merged if item not in plan.group)) if plan.group else ()
    return plan.with_(show=merged, group=group)


def _beside(reader: Reader, plan: Plan, items: list[Item]) -> list[Item]:
    display = list(display_of(reader, plan.entity))
    return [] if set(display) & set(items) else [item for item in display if item in plan.show]


def _with_group(plan: Plan, reader: Reader) -> Plan:
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
    old = (
        tuple(item for item in plan.show if not isinstance(item, Measure | Share))
        if reader.also and plan.group
        else ()
    )
    shown = tuple(dict.fromkeys((*old, *groups)))
    order = tuple(Order(item) for item in groups if isinstance(item, Bucket))
    return plan.with_(show=(*shown, *measures), group=shown, order=order, limit=None, having=())


def _with_order(plan: Plan, reader: Reader) -> Plan:
    if reader.order:
        measures = [item for item in plan.show if isinstance(item, Measure)]
        order = tuple(
            Order(measures[0], o.descending)
            if plan.group and measures and o.item == _column_of(measures[0])
            else o
            for o in reader.order
        )
        plan = plan.with_(order=order)
    if reader.limit is not None:
        plan = plan.with_(limit=reader.limit)
    if reader.top:
        topped = assemble_top(plan, reader)
        plan = topped or plan
    return plan


def _column_of(measure: Measure) -> Item | None:
    return measure.term


def assemble_top(plan: Plan, reader: Reader) -> Plan | None:
    """`which of them is the oldest?`, `top 3`: order the last plan's rows and keep the first."""
    assert reader.top is not None
    top = reader.top
    measures = [item for item in plan.show if isinstance(item, Measure)]
    item: Item | None = top.item
    if item is None and top.about and top.about != "common":
        item = reader.find_property(top.about, plan.entity)
    if item is None and measures and plan.group:
        item = measures[0]
    if item is None and plan.order:
        return plan.with_(limit=top.limit or 10)
    if item is None:
        return None
    group = plan.group
    if isinstance(item, Measure) and not group:
        key = reader.key(plan.entity)
        group = (*((key,) if key else ()), *(i for i in plan.show if i != key))
    show = plan.show
    if measures and not group:
        show = display_of(reader, plan.entity)
    descending = top.descending != is_reversed(reader, item, top.about)
    return plan.with_(order=(Order(item, descending),), limit=top.limit or 10, group=group, show=show)

"""Group a plan: by what was said, by what is shown, or by the rows that are counted."""

from collections.abc import Sequence

from agent.builtin.grammar.state import Reader
from agent.builtin.plan.model import Col, Compare, Item, Measure, Member, Plan, Share, columns_of
from schema_docs.scan.sampling import likely_distinct


def lists_category(reader: Reader, plan: Plan) -> bool:
    """Whether a plan shows nothing but a text that many rows share: `all colours of the products`."""
    plain = not (plan.where or plan.order or plan.group or plan.having or plan.limit or plan.tables)
    item = plan.show[0] if len(plan.show) == 1 else None
    if not plain or not isinstance(item, Col) or item.table != plan.entity:
        return False
    facts = reader.schema.facts[item.table]
    profile = reader.schema.map.profile(item.table, item.column)
    rows = facts.table.row_estimate or 0
    shared = profile is not None and 0 < likely_distinct(profile, rows) * 4 <= rows * 3
    named = item.column in facts.display or item.column in facts.keys
    return shared and not named and facts.column(item.column).kind == "text"


def grouped(reader: Reader, items: list[Item]) -> Plan:
    """Make the plan, with the groups that what is shown demands."""
    assert reader.entity is not None
    plan = Plan(
        reader.entity,
        tuple(items),
        where=tuple(reader.where),
        having=tuple(reader.having),
        order=tuple(reader.order),
        limit=reader.limit,
        distinct=reader.distinct or any(want.distinct and not want.counted for want in reader.wants),
        tables=tuple(table for table in reader.tables if table != reader.entity),
    )
    if plan.having and not reader.group and (counted := _count_of_groups(reader, plan)):
        return counted
    measures = [item for item in items if isinstance(item, Measure | Share)]
    plain: list[Item] = [item for item in items if not isinstance(item, Measure | Share)]
    if reader.group:
        return _with_groups(reader, plan, measures, plain)
    if measures and plain:
        return plan.with_(group=keys_for(reader, plain, measures))
    if plan.having or any(isinstance(order.item, Measure) for order in plan.order):
        compared = [c.item for c in plan.having if isinstance(c, Compare) and isinstance(c.item, Measure)]
        compared += [order.item for order in plan.order if isinstance(order.item, Measure)]
        return plan.with_(group=keys_for(reader, plain, compared))
    return plan


def _count_of_groups(reader: Reader, plan: Plan) -> Plan | None:
    """`how many customers have more than 5 orders`: count those groups for which it holds."""
    if len(reader.wants) != 1 or not reader.wants[0].counted or len(plan.show) != 1:
        return None
    want, key = reader.wants[0], reader.key(plan.entity)
    if want.col and want.col != key:
        groups = plan.with_(show=(want.col,), group=(want.col,), order=(), distinct=False)
        return groups.with_(over="count")
    if key is None:
        return None
    inner = plan.with_(show=(key,), group=(key,), order=(), limit=None)
    return Plan(plan.entity, (Measure("count", of=plan.entity),), where=(Member(key, inner),))


def _with_groups(reader: Reader, plan: Plan, measures: list[Measure | Share], plain: list[Item]) -> Plan:
    """Add groups: they are shown first; without an aggregate, rows are counted or simply shown by group."""
    entity_only = all(want.table == plan.entity for want in reader.wants)
    if not measures and (entity_only or not plain or all(item in reader.group for item in plain)):
        if reader.top and isinstance(reader.top.item, Measure):
            return plan.with_(show=tuple(reader.group), group=tuple(reader.group))
        if reader.top and plain and reader.top.about != "common":
            return plan.with_(each=tuple(reader.group), show=_merged(reader.group, plain))
        measures = [Measure("count", of=plan.entity)]
        plain = []
    if not measures:
        if reader.top:
            return plan.with_(each=tuple(reader.group), show=_merged(reader.group, plain))
        return plan
    groups = _merged(reader.group, plain)
    group = _with_key(reader, groups)
    shown = _without_names(reader, plain)
    return plan.with_(show=(*shown, *measures), group=group)


def _without_names(reader: Reader, plain: list[Item]) -> tuple[Item, ...]:
    """`the id and the number of documents of each employee`: the id was asked for instead of the name."""
    told = {item.table for item in plain if isinstance(item, Col)}
    names = {
        item
        for item in reader.group
        if isinstance(item, Col)
        and item.table in told
        and item.column in reader.schema.facts[item.table].display
    }
    kept = [item for item in reader.group if item not in names or item in plain]
    return tuple(dict.fromkeys((*kept, *plain)))


def _merged(groups: list[Item], plain: list[Item]) -> tuple[Item, ...]:
    """Groups and shown columns; what shows a group in another way replaces it."""
    return tuple(dict.fromkeys((*groups, *plain)))


def _with_key(reader: Reader, groups: tuple[Item, ...]) -> tuple[Item, ...]:
    """Two people of one name are two groups: where names stand for rows, the key is grouped by as well."""
    keys: list[Item] = []
    for item in groups:
        if isinstance(item, Col) and item.column in reader.schema.facts[item.table].display:
            facts = reader.schema.facts[item.table]
            key = reader.key(item.table)
            if (
                key
                and key not in keys
                and (item.column,) not in facts.table.unique
                and item.table != reader.entity
            ):
                keys.append(key)
    return (*keys, *(item for item in groups if item not in keys))


def keys_for(reader: Reader, plain: list[Item], measures: Sequence[Measure | Share]) -> tuple[Item, ...]:
    """What to group by: the shown columns, with the entity's key when rows of another table are measured."""
    entity = reader.entity
    assert entity is not None
    measured = {m.of or (col.table if (col := next(columns_of(m), None)) else None) for m in measures}
    key = reader.key(entity)
    about_entity = all(isinstance(item, Col) and item.table == entity for item in plain)
    facts = reader.schema.facts[entity]
    names = {
        *facts.display,
        *facts.table.primary_key,
        *(column for columns in facts.table.unique for column in columns),
    }
    rows = any(isinstance(item, Col) and item.column in names for item in plain)
    if entity in measured or key is None or not about_entity or not rows:
        return tuple(plain)
    return (key, *(item for item in plain if item != key))

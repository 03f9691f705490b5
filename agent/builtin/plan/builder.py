"""Make a plan of what a reader gathered."""

from agent.builtin.grammar.column_resolution import choose_column
from agent.builtin.grammar.conditions import add_condition
from agent.builtin.grammar.date_filters import bucket_of
from agent.builtin.grammar.measures import display_of, first_shown
from agent.builtin.grammar.state import Reader
from agent.builtin.grammar.value_filters import equal
from agent.builtin.plan.grouping import grouped, lists_category
from agent.builtin.plan.model import Bucket, Col, Combined, Compare, Function, Item, Measure, Order, Plan
from agent.builtin.plan.projection import items_of
from agent.builtin.plan.question_words import answer_when_and_where, roles_in
from agent.builtin.plan.top_n import with_top


def assemble(reader: Reader) -> Plan | None:
    """Give the plan, or nothing where no table was found."""
    if reader.entity is None:
        return None
    place_pending_values(reader)
    _group_by_bucket(reader)
    _forget_own_rows(reader)
    answer_when_and_where(reader)
    if reader.direction and not reader.order:
        reader.order.extend(Order(item, reader.direction == "desc") for item in first_shown(reader))
    items = [item for want in reader.wants for item in items_of(reader, want)]
    if _asks_average_per_group(reader):
        return _average_per_group(reader)
    plan = grouped(reader, _distinct_items(items)).with_(via=roles_in(reader))
    plan = with_top(reader, plan)
    plan = plan.with_(where=tuple(dict.fromkeys((*plan.where, *reader.where))))
    return _finished(reader, plan)


def _forget_own_rows(reader: Reader) -> None:
    """`the number of rooms for each apartment`, where each apartment has one: every row is its own group."""
    counted = [want.table for want in reader.wants if want.counted and want.table]
    shown = [want.col.table for want in reader.wants if want.col]
    own = {Col(reader.entity or "", name) for name in reader.schema.facts[reader.entity or ""].display}
    if reader.group and own and set(reader.group) <= own and not counted and set(shown) == {reader.entity}:
        reader.group = []


def place_pending_values(reader: Reader) -> None:
    """Turn values that stood before their noun into conditions."""
    for piece in reader.pending_values:
        reader.focus = reader.entity
        reader.column = None
        reader.joiner = "and"
        if piece.values and not piece.is_noun:
            equal(reader, piece, "=")
        elif column := choose_column(reader, piece.refs):
            add_condition(reader, Compare(column, "=", True))


def _group_by_bucket(reader: Reader) -> None:
    if reader.bucket:
        bucket = bucket_of(reader, reader.bucket)  # type: ignore[arg-type]  # the lexicon has only units
        if bucket:
            reader.group.append(bucket)
        else:
            reader.unplaced.append(f"by {reader.bucket}")


def _asks_average_per_group(reader: Reader) -> bool:
    wants = reader.wants
    return len(wants) == 1 and wants[0].counted and bool(wants[0].functions) and bool(reader.group)


def _average_per_group(reader: Reader) -> Plan:
    """`the average number of orders per customer`: count in each group, then take the average."""
    want = reader.wants[0]
    assert reader.entity is not None
    counted = want.table or (want.col.table if want.col else reader.entity)
    keys = tuple(dict.fromkeys(_key_of_group(reader, item) for item in reader.group))
    function: Function = want.functions[0]
    reader.assumptions.append("Only groups that have at least one count.")
    plan = Plan(counted, (Measure("count", of=counted),), tuple(reader.where), group=keys, over=function)
    return plan.with_(tables=tuple(reader.tables))


def _key_of_group(reader: Reader, item: Item) -> Item:
    if isinstance(item, Col) and item.column in reader.schema.facts[item.table].display:
        return reader.key(item.table) or item
    return item


def _finished(reader: Reader, plan: Plan) -> Plan:
    buckets = [item for item in plan.group if isinstance(item, Bucket)]
    if buckets and not plan.order:
        plan = plan.with_(order=tuple(Order(item) for item in buckets))
    if not plan.show:
        plan = plan.with_(show=tuple(display_of(reader, plan.entity)))
    if lists_category(reader, plan):
        plan = plan.with_(distinct=True)
    if reader.both_of:
        one, other = (plan.with_(where=(*plan.where, condition)) for condition in reader.both_of)
        return one.with_(combined=Combined("intersect", other))
    return plan


def _distinct_items(items: list[Item]) -> list[Item]:
    return list(dict.fromkeys(items))

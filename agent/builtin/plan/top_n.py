"""Order a plan by the superlative that was read, and keep the first few."""

from agent.builtin.grammar.column_resolution import belonging_to, choose_column, find_property
from agent.builtin.grammar.state import Reader
from agent.builtin.plan.grouping import keys_for
from agent.builtin.plan.model import Col, Compare, Condition, Item, Measure, Missing, Order, Plan, columns_of

# How many rows `the best products` are, where nobody says.
SEVERAL = 10


def with_top(reader: Reader, plan: Plan) -> Plan:
    """Order by the superlative that was read, and keep the first few."""
    top = reader.top
    if top is None:
        return plan
    limit = top.limit or SEVERAL
    item = top.item or _implied(reader, plan)
    if item is None:
        reader.unplaced.append("top" if top.descending else "bottom")
        return plan
    if (
        isinstance(item, Col)
        and not plan.group
        and plan.show
        and all(isinstance(i, Measure) for i in plan.show)
    ):
        return plan.with_(where=(*plan.where, _extreme(reader, item)))
    order = (Order(item, top.descending != is_reversed(reader, item, top.about)),)
    plan = plan.with_(order=order, limit=limit)
    plain: list[Item] = [shown for shown in plan.show if not isinstance(shown, Measure)]
    if isinstance(item, Measure) and not plan.group:
        plan = plan.with_(group=keys_for(reader, plain, [item]))
    return plan


def _extreme(reader: Reader, item: Col) -> Condition:
    """`the average age of students in the largest dorm`: its capacity is the greatest there is."""
    assert reader.top is not None
    greatest = reader.top.descending != is_reversed(reader, item, reader.top.about)
    best = Measure("max" if greatest else "min", item)
    return Compare(item, "=", Plan(item.table, (best,)))


def is_reversed(reader: Reader, item: Item, about: str) -> bool:
    """Whoever is oldest was born first."""
    if not about.startswith("age") or not isinstance(item, Col):
        return False
    facts = reader.schema.facts[item.table]
    return facts.is_date(item.column) or facts.is_year(item.column)


def _implied(reader: Reader, plan: Plan) -> Item | None:
    """What a superlative without a measure is about: a property, or how often something is there."""
    assert reader.top is not None
    reader.guesses += 1
    about = reader.top.about
    if about == "common":
        return _commonest(reader, plan)
    if about.startswith("sold"):
        return _sold(reader)
    if about == "shown":
        facts = reader.schema.facts
        return next(
            (i for i in plan.show if isinstance(i, Col) and facts[i.table].is_measure(i.column)), None
        )
    if about:
        spoken = [plan.entity, *reader.tables, *(c.table for c in columns_of(plan.show))]
        for table in dict.fromkeys((*spoken, *belonging_to(reader, [plan.entity]))):
            if found := find_property(reader, about, table):
                return found
        return None
    counted = next((item for item in plan.show if isinstance(item, Measure)), None)
    return counted or _size(reader, plan.entity)


def _commonest(reader: Reader, plan: Plan) -> Item:
    """How often what is shown is there."""
    subject = plan.show[0] if plan.show else None
    if isinstance(subject, Col):
        _leave_out_empty(reader, subject)
    if isinstance(subject, Col) and (reader.wants[0].col or reader.tables):
        return Measure("count", of=reader.tables[-1] if reader.tables else subject.table)
    return Measure("count", of=_busiest(reader, plan.entity))


def _size(reader: Reader, table: str) -> Col | None:
    """What makes a row large: what it comes to, where that is told."""
    facts = reader.schema.facts[table]
    for word in ("total", "amount", "size", "area", "population", "capacity"):
        for column in facts.table.columns:
            if word in facts.words_of(column.name) and facts.is_measure(column.name):
                said = reader.schema.spoken_column(table, column.name)
                reader.assumptions.append(f"Large and small are told by the {said}.")
                return Col(table, column.name)
    return None


def _sold(reader: Reader) -> Item | None:
    """How much of something was sold: pieces, where they are counted."""
    refs = [
        ref
        for words in (["sell"], ["quantity", "sell"], ["quantity"])
        for ref in reader.schema.names.find(words)
    ]
    usable = [
        r for r in refs if r.column and r.score > 0.8 and reader.schema.facts[r.table].is_measure(r.column)
    ]
    col = choose_column(reader, usable[:1] or usable)
    return Measure("sum", col) if col else None


def _leave_out_empty(reader: Reader, col: Col) -> None:
    """The most used coupon is not `no coupon`."""
    profile = reader.schema.map.profile(col.table, col.column)
    if profile and profile.null_share > 0:
        reader.where.append(Missing(col, negated=True))


def _busiest(reader: Reader, table: str) -> str:
    """Of the tables whose rows point at this one, the one with the most rows."""
    others = [edge.other for edge in reader.schema.graph.edges(table) if edge.multiplies]
    if not others:
        return table
    rows = {other: reader.schema.facts[other].table.row_estimate or 0 for other in others}
    busiest = max(others, key=lambda other: rows[other])
    reader.assumptions.append(
        f"How popular is told by the number of {reader.schema.spoken_table(busiest)} rows."
    )
    return busiest

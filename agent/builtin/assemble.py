"""Make a plan of what a reader gathered."""

from collections.abc import Sequence

from agent.builtin.comparing import adds_up_want, bucket_of, equal, nearest_date
from agent.builtin.grouping import display_of, first_shown, pointed_at
from agent.builtin.lemmas import root
from agent.builtin.plan import (
    AllOf,
    Bucket,
    Col,
    Combined,
    Compare,
    Condition,
    During,
    Function,
    Item,
    Measure,
    Member,
    Missing,
    Order,
    Plan,
    Share,
    Term,
    Years,
)
from agent.builtin.reader import Reader, Want
from agent.builtin.walk import columns_of

# How many rows `the best products` are, where nobody says.
SEVERAL = 10


def assemble(reader: Reader) -> Plan | None:
    """Give the plan, or nothing where no table was found."""
    if reader.entity is None:
        return None
    place_pending_values(reader)
    _group_by_bucket(reader)
    _forget_own_rows(reader)
    _answer_when_and_where(reader)
    if reader.direction and not reader.order:
        reader.order.extend(Order(item, reader.direction == "desc") for item in first_shown(reader))
    items = [item for want in reader.wants for item in items_of(reader, want)]
    if _asks_average_per_group(reader):
        return _average_per_group(reader)
    plan = _grouped(reader, _distinct_items(items)).with_(via=roles_in(reader))
    plan = _with_top(reader, plan)
    plan = plan.with_(where=tuple(dict.fromkeys((*plan.where, *reader.where))))
    return _finished(reader, plan)


# Where something goes to and comes from is said by verbs as well.
_ROLES = {
    "destination": frozenset({"end", "arrive", "arrival", "land", "destination", "arriving", "to"}),
    "source": frozenset({"start", "depart", "departure", "leave", "origin", "source", "departing"}),
}


def roles_in(reader: Reader) -> tuple[str, ...]:
    """Keys that the question speaks of, where a table points at another in several ways."""
    said = {root(lemma) for piece in reader.pieces for lemma in piece.lemmas}
    said |= {role for role, words in _ROLES.items() if said & {root(word) for word in words}}
    found = []
    for facts in reader.schema.facts.values():
        targets = [key.other_table for key in facts.table.foreign_keys]
        for key in facts.table.foreign_keys:
            words = {root(word) for word in facts.words_of(key.columns[0])} | set(
                facts.words_of(key.columns[0])
            )
            shared = {root(word) for word in reader.schema.names.table_words[key.other_table]} | {"id"}
            if targets.count(key.other_table) > 1 and (words - shared) & said:
                found.append(key.columns[0])
    return tuple(found)


_PLACES = "city|location|hometown|address|place|country|state|headquarters"


def _answer_when_and_where(reader: Reader) -> None:
    """`when was the order placed` asks for a date, `where is the shop` for a place."""
    if reader.asks not in {"date", "place"} or any(
        want.col or want.counted or want.functions for want in reader.wants
    ):
        return
    entity = reader.entity or ""
    if reader.asks == "date":
        col = reader.date or nearest_date(reader)
    else:
        near = [entity, *(edge.other for edge in reader.schema.graph.edges(entity))]
        found = (
            Col(table, ref.column)
            for word in _PLACES.split("|")
            for table in near
            for ref in reader.schema.names.find([word])
            if ref.table == table and ref.column and ref.column not in reader.schema.facts[table].keys
        )
        col = next(found, None)
    if col:
        reader.wants = [Want(item=col)]


def _forget_own_rows(reader: Reader) -> None:
    """`the number of rooms for each apartment`, where each apartment has one: every row is its own group."""
    counted = [want.table for want in reader.wants if want.counted and want.table]
    shown = [want.col.table for want in reader.wants if want.col]
    own = {Col(reader.entity or "", name) for name in reader.schema.facts[reader.entity or ""].display}
    if reader.group and own and set(reader.group) <= own and not counted and set(shown) == {reader.entity}:
        reader.group = []


def place_pending_values(reader: Reader) -> None:
    for piece in reader.pending_values:
        reader.focus = reader.entity
        reader.column = None
        reader.joiner = "and"
        if piece.values and not piece.is_noun:
            equal(reader, piece, "=")
        elif column := reader.choose_column(piece.refs):
            reader.add(Compare(column, "=", True))


def _group_by_bucket(reader: Reader) -> None:
    if reader.bucket:
        bucket = bucket_of(reader, reader.bucket)  # type: ignore[arg-type]  # the lexicon has only units
        if bucket:
            reader.group.append(bucket)
        else:
            reader.unplaced.append(f"by {reader.bucket}")


def items_of(reader: Reader, want: Want) -> list[Item]:
    """What is shown for one thing that was wanted."""
    if want.item is not None:
        return [want.item]
    if want.everything:
        table = want.table or reader.entity
        assert table is not None
        return [Col(table, column.name) for column in reader.schema.facts[table].table.columns]
    if want.counted:
        return [_count(reader, want)]
    if want.share:
        return _share(reader)
    if want.col and (age := _age(reader, want)):
        return [Measure(function, age) for function in want.functions] or [age]
    if want.functions and reader.context and not (want.piece or want.table):
        return [
            Measure(function, term)
            for function in want.functions
            for term in _measured_before(reader.context)
        ]
    if want.col and want.functions:
        return [Measure(function, want.col) for function in want.functions]
    if want.col:
        if want.owner is None and adds_up_want(reader, want) and not (reader.top and not reader.group):
            return [Measure("sum", want.col)]
        return named_by(reader, want)
    if want.table and want.functions == ("sum",):
        return [Measure("count", of=want.table)]
    if want.table:
        return list(row_of(reader, want.table))
    return []


def _measured_before(plan: Plan) -> list[Term]:
    """What the last plan measured, or else the only number it showed."""
    terms: list[Term] = [item.term for item in plan.show if isinstance(item, Measure) and item.term]
    if not terms:
        terms.extend([item for item in plan.show if isinstance(item, Col)][:1])
    return terms


def _age(reader: Reader, want: Want) -> Years | None:
    """The age of somebody of whom the date of birth is known."""
    if not want.col or not want.piece or "age" not in want.piece.lemmas:
        return None
    dated = reader.schema.facts[want.col.table].is_date(want.col.column)
    return Years(want.col, reader.today.isoformat()) if dated else None


def named_by(reader: Reader, want: Want) -> list[Item]:
    """A name in two columns is shown in full."""
    assert want.col is not None
    display = reader.schema.facts[want.col.table].display
    if want.piece and (shown := pointed_at(reader, want.col, want.piece)) != (want.col,):
        return list(shown)
    plain = want.piece is not None and want.piece.lemmas in {("name",), ("full", "name")}
    if plain and want.col.column in display:
        return list(display_of(reader, want.col.table))
    return [want.col]


def row_of(reader: Reader, table: str) -> tuple[Col, ...]:
    """What shows a row of a table: its names, or, where rows have none, all its columns."""
    facts = reader.schema.facts[table]
    if set(facts.display) - facts.keys:
        return display_of(reader, table)
    return tuple(Col(table, column.name) for column in facts.table.columns)


def _share(reader: Reader) -> list[Item]:
    """The conditions say which part is meant; a period says of which whole."""
    part = [condition for condition in reader.where if not isinstance(condition, During)]
    reader.where = [condition for condition in reader.where if isinstance(condition, During)]
    assert reader.entity is not None
    if not part:
        reader.unplaced.append("percentage")
        return []
    return [Share(part[0] if len(part) == 1 else AllOf(tuple(part)), reader.entity)]


def _count(reader: Reader, want: Want) -> Item:
    if want.table:
        return Measure("count", of=want.table)
    if want.col is None:
        return Measure("count", of=reader.entity)
    facts = reader.schema.facts[want.col.table]
    if facts.is_measure(want.col.column) and want.functions:
        return Measure(want.functions[0], want.col)
    if facts.is_measure(want.col.column) and not facts.is_year(want.col.column) and not want.distinct:
        beside = any(other.col and not other.counted and not other.functions for other in reader.wants)
        return want.col if beside and not reader.group else Measure("sum", want.col)
    if want.col.column in facts.table.primary_key and not want.distinct:
        return Measure("count", of=want.col.table)
    return Measure("count", want.col, distinct=True)


def _distinct_items(items: list[Item]) -> list[Item]:
    return list(dict.fromkeys(items))


def _asks_average_per_group(reader: Reader) -> bool:
    wants = reader.wants
    return len(wants) == 1 and wants[0].counted and bool(wants[0].functions) and bool(reader.group)


def _average_per_group(reader: Reader) -> Plan:
    """`the average number of orders per customer`: count in each group, then take the average."""
    want = reader.wants[0]
    assert reader.entity is not None
    counted = want.table or (want.col.table if want.col else reader.entity)
    keys = tuple(_key_of_group(reader, item) for item in reader.group)
    function: Function = want.functions[0]
    reader.assumptions.append("Only groups that have at least one count.")
    plan = Plan(counted, (Measure("count", of=counted),), tuple(reader.where), group=keys, over=function)
    return plan.with_(tables=tuple(reader.tables))


def _key_of_group(reader: Reader, item: Item) -> Item:
    if isinstance(item, Col) and item.column in reader.schema.facts[item.table].display:
        return reader.key(item.table) or item
    return item


def _grouped(reader: Reader, items: list[Item]) -> Plan:
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
        return plan.with_(group=_keys_for(reader, plain, measures))
    if plan.having or any(isinstance(order.item, Measure) for order in plan.order):
        compared = [c.item for c in plan.having if isinstance(c, Compare) and isinstance(c.item, Measure)]
        compared += [order.item for order in plan.order if isinstance(order.item, Measure)]
        return plan.with_(group=_keys_for(reader, plain, compared))
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


def _keys_for(reader: Reader, plain: list[Item], measures: Sequence[Measure | Share]) -> tuple[Item, ...]:
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


def _with_top(reader: Reader, plan: Plan) -> Plan:
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
        plan = plan.with_(group=_keys_for(reader, plain, [item]))
    return plan


def _extreme(reader: Reader, item: Col) -> Condition:
    """`the average age of students in the largest dorm`: the dorm is the one whose capacity is the greatest."""
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
        subject = plan.show[0] if plan.show else None
        if isinstance(subject, Col):
            _leave_out_empty(reader, subject)
        if isinstance(subject, Col) and (reader.wants[0].col or reader.tables):
            return Measure("count", of=reader.tables[-1] if reader.tables else subject.table)
        return Measure("count", of=_busiest(reader, plan.entity))
    if about.startswith("sold"):
        return _sold(reader)
    if about:
        tables = dict.fromkeys([plan.entity, *reader.tables, *(c.table for c in columns_of(plan.show))])
        for table in tables:
            if found := reader.find_property(about, table):
                return found
        return None
    counted: list[Item | None] = [item for item in plan.show if isinstance(item, Measure)]
    measured = [
        i for i in plan.show if isinstance(i, Col) and reader.schema.facts[i.table].is_measure(i.column)
    ]
    return (counted or measured or [_size(reader, plan.entity)])[0]


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
    col = reader.choose_column(usable[:1] or usable)
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


def _finished(reader: Reader, plan: Plan) -> Plan:
    buckets = [item for item in plan.group if isinstance(item, Bucket)]
    if buckets and not plan.order:
        plan = plan.with_(order=tuple(Order(item) for item in buckets))
    if not plan.show:
        plan = plan.with_(show=tuple(display_of(reader, plan.entity)))
    if reader.both_of:
        one, other = (plan.with_(where=(*plan.where, condition)) for condition in reader.both_of)
        return one.with_(combined=Combined("intersect", other))
    return plan

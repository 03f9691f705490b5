"""Read superlatives behind the selection: `with the most orders`, `who spent the most`."""

from agent.builtin.grammar.column_resolution import best_noun, choose_column, find_property
from agent.builtin.grammar.measures import adds_up, read_measured, shows_category
from agent.builtin.grammar.state import Reader, Top
from agent.builtin.grammar.value_filters import equal
from agent.builtin.lexicon.function_words import Sign
from agent.builtin.linking.spans import Piece
from agent.builtin.plan.model import Col, Item, Measure, Member, Order, Plan


def pieces_of(reader: Reader, table: str) -> Measure | None:
    """`returned the most products` counts pieces, where returns say how many."""
    lines = [other for other in reader.tables if other not in {reader.entity, table}]
    if not lines or reader.schema.to_many(lines[-1], table):
        return None
    facts = reader.schema.facts[lines[-1]]
    for column in facts.table.columns:
        if "quantity" in facts.words_of(column.name) and facts.is_measure(column.name):
            return Measure("sum", Col(lines[-1], column.name))
    return None


def amount_of(reader: Reader, table: str) -> Col | None:
    """`the greatest total amount of loans` adds up what the loans come to."""
    facts = reader.schema.facts[table]
    for column in facts.table.columns:
        if {"amount", "total", "value"} & set(facts.words_of(column.name)) and facts.is_measure(column.name):
            return Col(table, column.name)
    return None


def stored_number(reader: Reader, piece: Piece) -> Col | None:
    """`the most customers`, where the entity has a column `number of customers`."""
    found = reader.schema.names.find(["number", *piece.lemmas])
    own = [r for r in found if r.table == reader.entity and r.score > 0.9 and r.why in {"name", "label"}]
    facts = reader.schema.facts[reader.entity] if reader.entity else None
    usable = [r.column for r in own if r.column and facts and facts.is_measure(r.column)]
    return Col(reader.entity or "", usable[0]) if usable else None


# What is used most is there most often; what was done most with other verbs is told by their nouns.
_USED = frozenset({"used", "use", "uses", "occurs", "occur", "occurred", "appears", "appear", "appeared"})


def read_superlative(reader: Reader) -> bool:
    """`with the most orders`, `that has the highest price`, `who spent the most`, `is the oldest`."""
    before = reader.peek()
    counted = before.number if before and reader.sign("sup", ahead=1) and not before.is_noun else None
    ahead, limit = (1, int(counted.value)) if counted else (0, 1)
    sign = reader.sign("sup", "common", ahead=ahead)
    if not sign:
        return False
    if _best_rows_of_another(reader, sign, limit, ahead + 1):
        return True
    reader.at += ahead + 1
    said = _number_behind(reader)
    if said and not sign.about and sign.kind == "sup" and _names_entity(reader):
        # `the name of the top 5 students with the highest grade`: by what is still to come.
        reader.top = Top(sign.arg == "desc", said)
        reader.at += 1
        return True
    reader.top = _top_of(reader, sign, said or _limit_before(reader) or limit)
    return True


def _number_behind(reader: Reader) -> int | None:
    piece = reader.peek()
    if not piece or not piece.number or piece.is_noun or piece.period:
        return None
    reader.at += 1
    return int(piece.number.value)


def _limit_before(reader: Reader) -> int | None:
    """`which 5 products have the highest price`, `the top 10 airlines that have the most routes`."""
    if reader.limit is not None:
        limit, reader.limit = reader.limit, None
        return limit
    return reader.top.limit if reader.top and not reader.top.settled else None


def _top_of(reader: Reader, sign: Sign, limit: int) -> Top:
    top = Top(sign.arg == "desc", limit, sign.about or ("common" if sign.kind == "common" else ""))
    if sign.kind == "sup":
        top.item = _degree(reader, sign.about) if sign.about else _most_of(reader)
    behind = -2
    while reader.sign("all", ahead=behind):
        behind -= 1
    before = reader.peek(behind)
    if not top.item and not top.about and before and before.text.lower() in _USED:
        # `is used the most`
        top.about = "common"
    top.settled = top.item is not None
    return top


def _names_entity(reader: Reader) -> bool:
    piece = reader.peek()
    best = best_noun(reader, piece) if piece and piece.is_noun else None
    return bool(best and best.kind == "table" and best.table == reader.entity)


def _best_rows_of_another(reader: Reader, sign: Sign, limit: int, ahead: int) -> bool:
    """`the suppliers of the 5 cheapest products`: the products are chosen first, then their suppliers."""
    piece = reader.peek(ahead)
    best = best_noun(reader, piece) if piece and piece.is_noun else None
    if not sign.about or not best or best.kind != "table" or best.table == reader.entity or limit < 2:
        return False
    key, item = reader.key(best.table), find_property(reader, sign.about, best.table)
    if key is None or item is None:
        return False
    chosen = Plan(best.table, (key,), order=(Order(item, sign.arg == "desc"),), limit=limit)
    reader.at += ahead + 1
    reader.mention(best.table)
    reader.where.append(Member(key, chosen))
    return True


def _degree(reader: Reader, about: str) -> Item | None:
    """`the latest order date`, `the oldest age`: the column may be said as well."""
    start = reader.at
    reader.skip("all")
    piece = reader.peek()
    best = best_noun(reader, piece) if piece and piece.is_noun else None
    if piece and best and best.kind == "column":
        col = choose_column(reader, piece.refs)
        facts = reader.schema.facts[col.table] if col else None
        if (
            col
            and facts
            and (facts.is_measure(col.column) or facts.is_date(col.column) or facts.is_year(col.column))
        ):
            reader.at += 1
            return col
    reader.at = start
    for table in dict.fromkeys(filter(None, (reader.focus, reader.entity))):
        if found := find_property(reader, about, table):
            return found
    return None


def _most_of_before(reader: Reader) -> Item | None:
    """`who spent the most`, `was returned the most`: what there is most of stands before."""
    column = reader.column
    if column and reader.schema.facts[column.table].is_measure(column.column):
        reader.column = None
        return Measure("sum", column)
    if reader.date and reader.date.table != reader.entity:
        return Measure("count", of=reader.date.table)
    told = reader.wants[-1] if reader.wants else None
    if (
        told
        and told.col
        and not told.functions
        and not told.owner
        and reader.schema.facts[told.col.table].is_measure(told.col.column)
    ):
        # `which of them spent the most`
        reader.wants.pop()
        return Measure("sum", told.col)
    others = [table for table in reader.tables if table != reader.entity]
    return Measure("count", of=others[-1]) if others else None


def _most_of(reader: Reader) -> Item | None:
    """What there is most of: rows of a table, a sum, or the greatest value of a column."""
    start = reader.at
    total = False
    while sign := reader.sign("count", "agg", "all", "prep", "it", "distinct"):
        if (here := reader.peek()) and here.is_noun:
            break
        total = total or sign.arg == "sum"
        if sign.kind == "agg" and sign.arg != "sum":
            return read_measured(reader)
        reader.at += 1
    _describe(reader)
    piece = reader.peek()
    waiting = reader.column and reader.schema.facts[reader.column.table].is_measure(reader.column.column)
    if piece and waiting and piece.refs and piece.refs[0].score < 0.9:
        # `spent the most money`: what is spent has been said.
        reader.at += 1
        piece = None
    best = best_noun(reader, piece) if piece and piece.is_noun else None
    if piece is None or best is None:
        reader.at = reader.at if waiting else start
        return _most_of_before(reader)
    reader.at += 1
    reader.scores.append(best.score)
    return (
        _most_rows(reader, piece, best.table, total) if best.kind == "table" else _most(reader, piece, total)
    )


def _describe(reader: Reader) -> None:
    """`the most female students`: only those are counted."""
    piece, noun = reader.peek(), reader.peek(1)
    if piece and noun and piece.values and not piece.is_noun and not piece.signs and noun.is_noun:
        reader.at += 1
        equal(reader, piece, "=")


def _most_rows(reader: Reader, piece: Piece, table: str, total: bool) -> Item:
    if stored := stored_number(reader, piece):
        return stored
    amount = amount_of(reader, table) if total else None
    pieces = Measure("sum", amount) if amount else pieces_of(reader, table)
    reader.mention(table)
    return pieces or Measure("count", of=table)


def _most(reader: Reader, piece: Piece, total: bool) -> Item | None:
    col = choose_column(reader, piece.refs)
    if col is None:
        return None
    far = reader.entity is not None and reader.schema.to_many(reader.entity, col.table)
    facts = reader.schema.facts[col.table]
    category = shows_category(reader) and not any(want.owner for want in reader.wants)
    if total or (adds_up(reader, piece, col) and (far or category)):
        return Measure("sum", col)
    if far and not facts.is_number(col.column) and not facts.is_date(col.column):
        return Measure("count", of=col.table)
    return col

"""Read superlatives behind the selection: `with the most orders`, `who spent the most`."""

from agent.builtin.grammar.choosing import best_noun, choose_column, find_property
from agent.builtin.grammar.measuring import adds_up, read_measured, shows_category
from agent.builtin.grammar.plenty import amount_of, pieces_of, stored_number
from agent.builtin.grammar.reader import Reader, Top
from agent.builtin.plan import Item, Measure, Member, Order, Plan
from agent.builtin.signs import Sign


def read_superlative(reader: Reader) -> bool:
    """`with the most orders`, `that has the highest price`, `who spent the most`, `is the oldest`."""
    before = reader.peek()
    counted = before.number if before and reader.sign("sup", ahead=1) and not before.is_noun else None
    sign = reader.sign("sup", "common", ahead=1 if counted else 0)
    if not sign:
        return False
    if _best_rows_of_another(reader, sign, int(counted.value) if counted else 1, 2 if counted else 1):
        return True
    reader.at += 2 if counted else 1
    number = reader.peek()
    limit = int(counted.value) if counted else 1
    if number and number.number and not number.is_noun and not number.period:
        limit = int(number.number.value)
        reader.at += 1
        if not sign.about and sign.kind == "sup" and _names_entity(reader):
            # `the name of the top 5 students with the highest grade`: by what is still to come.
            reader.top = Top(sign.arg == "desc", limit)
            reader.at += 1
            return True
    elif reader.limit is not None:
        # `which 5 products have the highest price`
        limit, reader.limit = reader.limit, None
    elif reader.top and not reader.top.settled:
        # `the top 10 airlines that have the most routes`
        limit = reader.top.limit
    top = Top(sign.arg == "desc", limit, sign.about or ("common" if sign.kind == "common" else ""))
    if sign.kind == "sup" and not sign.about:
        top.item = _most_of(reader)
    elif sign.about:
        top.item = _degree(reader, sign.about)
    behind = -2
    while reader.sign("all", ahead=behind):
        behind -= 1
    before = reader.peek(behind)
    if not top.item and not top.about and before and before.sign("verb", "filler"):
        # `is used the most`
        top.about = "common"
    top.settled = top.item is not None
    reader.top = top
    return True


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
    """`who spent the most`, `ordered the most`, `was returned the most`: what there is most of stands before."""
    column = reader.column
    if column and reader.schema.facts[column.table].is_measure(column.column):
        reader.column = None
        return Measure("sum", column)
    if reader.date and reader.date.table != reader.entity:
        return Measure("count", of=reader.date.table)
    if reader.wants and (told := reader.wants[-1]).col and not told.functions and not told.owner:
        if reader.schema.facts[told.col.table].is_measure(told.col.column):
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
    piece = reader.peek()
    waiting = reader.column and reader.schema.facts[reader.column.table].is_measure(reader.column.column)
    if piece and waiting and piece.refs and piece.refs[0].score < 0.9:
        # `spent the most money`: what is spent has been said.
        reader.at += 1
        piece = None
    if not piece or not piece.is_noun:
        reader.at = reader.at if waiting else start
        return _most_of_before(reader)
    best = best_noun(reader, piece)
    assert best is not None
    reader.at += 1
    reader.scores.append(best.score)
    if best.kind == "table":
        if stored := stored_number(reader, piece):
            return stored
        if total and (amount := amount_of(reader, best.table)):
            reader.mention(best.table)
            return Measure("sum", amount)
        pieces = pieces_of(reader, best.table)
        reader.mention(best.table)
        return pieces or Measure("count", of=best.table)
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

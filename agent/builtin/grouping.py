"""Read groups, orders and superlatives: `per country`, `by month`, `sorted by age`, `with the most orders`."""

from agent.builtin.pieces import Piece
from agent.builtin.plan import Col, Function, Item, Measure, Member, Order, Plan
from agent.builtin.reader import Reader, Top, Want
from agent.builtin.signs import Sign

# These sort only where it is said by what; `ordered` may be what customers did.
_PARTICIPLES = frozenset({"ordered", "sorted", "ranked", "arranged", "rank"})
# What people add up without saying so.
ADDED_UP = frozenset(
    [
        "revenue",
        "sale",
        "turnover",
        "income",
        "earnings",
        "spend",
        "spending",
        "spent",
        "profit",
        "proceeds",
        "sell",
        "sold",
        "amount",
        "quantity",
        "unit",
        "piece",
        "takings",
        "volume",
        "expenditure",
        "refund",
        "refunded",
    ]
)


def read_bucket(reader: Reader) -> bool:
    """`by month`, `per year`, `daily`."""
    sign = reader.sign("bucket")
    piece = reader.peek()
    if not sign or not piece or sign.about == "unit" or (piece.is_noun and piece.refs[0].score > 0.9):
        return False
    reader.at += 1
    reader.bucket = sign.arg
    if reader.sign("and") and _groupable(reader, 1):
        reader.at += 1
        reader.skip("each", "by", "all")
        read_group_items(reader)
    return True


def read_group(reader: Reader) -> bool:
    """`for each country`, `per customer`, `by status`; after `by`, a number sorts the first few instead."""
    sign = reader.sign("each", "by")
    if not sign:
        return False
    ahead = 1
    while (
        (piece := reader.peek(ahead))
        and piece.sign("all", "distinct", "it", "each", "prep")
        and not piece.is_noun
    ):
        ahead += 1
    if sign.kind == "by" and not _compared(reader, ahead + 1) and _by_measure(reader, ahead):
        return True
    if piece and piece.sign("bucket") and not any(ref.score > 0.9 for ref in piece.columns):
        reader.at += ahead + 1
        reader.bucket = piece.sign("bucket").arg  # type: ignore[union-attr]
        return True
    if not piece or not piece.is_noun:
        return False
    if _compared(reader, ahead + 1) or (sign.kind == "by" and _agent(reader, piece, ahead)):
        return False
    reader.at += ahead
    read_group_items(reader)
    return True


def _agent(reader: Reader, piece: Piece, ahead: int) -> bool:
    """`orders placed by customers from Berlin` does not group."""
    best = reader.best_noun(piece)
    if best is None or best.kind != "table":
        return False
    before, following = reader.peek(-1), reader.peek(ahead + 1)
    if before and before.sign("prep") and not before.is_noun:
        # `enrolled in by students`
        before = reader.peek(-2)
    if before and before.sign("verb") and not before.is_noun:
        return True
    return piece.plural and following is not None and not following.sign("stop", "and", "comma", "order")


def _compared(reader: Reader, ahead: int) -> bool:
    """`by grade 4`, `by country France`: one value is meant, not each."""
    piece = reader.peek(ahead)
    return (
        piece is not None
        and not piece.is_noun
        and bool(piece.number or piece.quoted or piece.values or piece.sign("op", "between", "like"))
        and not piece.period
    )


def read_group_items(reader: Reader) -> None:
    """Read `country and status` as groups."""
    while True:
        piece = reader.peek()
        if not piece or not piece.is_noun:
            return
        reader.group.extend(_group_item(reader, piece))
        _skip_owner(reader, any_table=True)
        unit = reader.sign("bucket", ahead=1)
        said = reader.peek(1)
        if reader.sign("and") and unit and said and not any(ref.score > 0.9 for ref in said.columns):
            reader.bucket = unit.arg
            reader.at += 2
            return
        if not (reader.sign("and", "comma") and _groupable(reader, 1)):
            return
        reader.at += 1
        reader.skip("each", "by", "all")


def _groupable(reader: Reader, ahead: int) -> bool:
    while reader.sign("each", "by", "all", ahead=ahead):
        ahead += 1
    piece, after = reader.peek(ahead), reader.peek(ahead + 1)
    plain = after is None or bool(
        after.sign("stop", "and", "comma", "prep", "order", "direction") or after.period
    )
    return piece is not None and piece.is_noun and not piece.sign("order", "agg", "count") and plain


def _group_item(reader: Reader, piece: Piece) -> list[Item]:
    best = reader.best_noun(piece)
    assert best is not None
    reader.at += 1
    reader.scores.append(best.score)
    if best.kind == "column":
        col = reader.choose_column(piece.refs) or Col(best.table, best.column or "")
        return list(pointed_at(reader, col, piece))
    following = reader.peek()
    if following and following.is_noun and not following.sign("and", "by"):
        own = [ref for ref in following.columns if ref.table == best.table and ref.score > 0.6]
        if own:
            reader.at += 1
            return list(pointed_at(reader, Col(best.table, own[0].column or ""), following))
    return list(display_of(reader, best.table))


def pointed_at(reader: Reader, col: Col, piece: Piece) -> tuple[Col, ...]:
    """`product category` is the category's name, not the number that points at it."""
    facts = reader.schema.facts[col.table]
    words = facts.words_of(col.column)
    if words[-1:] != ("id",) or {"id", "number", "code"} & set(piece.lemmas):
        return (col,)
    other = next((key.other_table for key in facts.table.foreign_keys if key.columns == (col.column,)), None)
    return (display_of(reader, other) if other and other != col.table else ()) or (col,)


def display_of(reader: Reader, table: str) -> tuple[Col, ...]:
    """The columns that stand for a table's rows."""
    return tuple(Col(table, name) for name in reader.schema.facts[table].display)


def _by_measure(reader: Reader, ahead: int) -> bool:
    """`top 5 products by revenue`, `products by price`: something that is measured sorts."""
    start = reader.at
    aggregated = any(want.counted or want.functions for want in reader.wants)
    reader.at += ahead
    item = None if aggregated and not reader.top else read_measured(reader)
    if item is None:
        reader.at = start
        return False
    if reader.top and not reader.top.settled:
        reader.top.item, reader.top.settled = item, True
        reader.wants.append(Want(item=item))
        return True
    reader.order.append(Order(item, _direction(reader)))
    return True


def read_measured(reader: Reader) -> Item | None:
    """`average price`, `number of orders`, `revenue`, `price`: something with a size, or nothing."""
    function: Function | None = None
    counted = False
    while sign := reader.sign("agg", "count", "all", "prep", "it", "sup"):
        piece = reader.peek()
        if piece and piece.is_noun and not reader.sign("count"):
            break
        function = sign.arg if sign.kind == "agg" else function  # type: ignore[assignment]
        counted = counted or sign.kind == "count"
        reader.at += 1
    piece = reader.peek()
    if not piece or not piece.is_noun:
        return None
    best = reader.best_noun(piece)
    assert best is not None
    if best.kind == "table":
        if not counted and best.table == reader.entity:
            return None
        if not counted and not reader.top:
            return None
        reader.at += 1
        return Measure("count", of=best.table)
    col = reader.choose_column(piece.refs)
    if col is None:
        return None
    facts = reader.schema.facts[col.table]
    if counted and not facts.is_measure(col.column):
        reader.at += 1
        return Measure("count", of=col.table)
    if not facts.is_measure(col.column) and not facts.is_date(col.column) and function is None:
        return None
    reader.at += 1
    return _measured(reader, col, function, piece)


def _measured(reader: Reader, col: Col, function: Function | None, piece: Piece) -> Item:
    if function:
        return Measure(function, col)
    if reader.entity is None:
        return col
    summed = adds_up(reader, piece, col) and (reader.entity != col.table or bool(reader.group or reader.top))
    if summed or reader.schema.to_many(reader.entity, col.table):
        return Measure("sum", col)
    return col


def shows_category(reader: Reader) -> bool:
    """`countries with more than 2 members`, where each member has a country: members are counted for each."""
    columns = [want.col for want in reader.wants if want.col and want.col.table == reader.entity]
    facts = reader.schema.facts[reader.entity] if reader.entity else None
    return (
        bool(columns)
        and facts is not None
        and all(
            col.column not in facts.table.primary_key and col.column not in facts.display for col in columns
        )
    )


def adds_up(reader: Reader, piece: Piece, col: Col) -> bool:
    """Whether a noun names something that is summed unless it is said otherwise: `revenue`."""
    return bool(ADDED_UP & set(piece.lemmas)) and reader.schema.facts[col.table].is_measure(col.column)


def read_order(reader: Reader) -> bool:
    """`sorted by age in descending order`, `in alphabetical order of name`, `from oldest to youngest`."""
    if _extreme_first(reader):
        return True
    order, direction = reader.sign("order"), reader.sign("direction")
    if order and reader.peek() and reader.peek().is_noun and not _order_follows(reader):  # type: ignore[union-attr]
        return False
    if not order and not direction:
        return False
    piece = reader.peek()
    if order and piece and piece.text.lower() in _PARTICIPLES and not _order_follows(reader):
        return False
    descending = False
    items: list[Item] = []
    while piece := reader.peek():
        if found := piece.sign("direction"):
            descending = found.arg == "desc"
            reader.at += 1
        elif (piece.sign("order", "by", "all", "prep", "it", "each") and not piece.is_noun) or (
            piece.sign("comma", "and", "also") and (items and _sortable(reader, 1))
        ):
            descending = descending or "descending" in piece.text
            reader.at += 1
        elif (item := _order_item(reader)) is not None:
            items.append(item)
        else:
            break
    if not items and reader.context:
        shown = reader.context.show
        items = [next((item for item in shown if isinstance(item, Measure)), shown[0])]
    if not items:
        reader.guesses += 1
        items = list(first_shown(reader))
    reader.order.extend(Order(item, descending) for item in items)
    return True


def _extreme_first(reader: Reader) -> bool:
    """`cheapest first`, `newest first`."""
    sign, following = reader.sign("sup"), reader.peek(1)
    if not sign or not following or following.text.lower() != "first":
        return False
    item = reader.find_property(sign.about, reader.entity) if sign.about and reader.entity else None
    items = (item,) if item else first_shown(reader)
    reader.at += 2
    reader.order.extend(Order(found, sign.arg == "desc") for found in items)
    return bool(items)


def _order_follows(reader: Reader) -> bool:
    ahead = 1
    while reader.sign("prep", "all", ahead=ahead) and not reader.sign("direction", ahead=ahead):
        ahead += 1
    return bool(reader.sign("by", ahead=1) or reader.sign("direction", ahead=ahead))


def _sortable(reader: Reader, ahead: int) -> bool:
    while reader.sign("by", "all", "also", "order", ahead=ahead):
        ahead += 1
    piece = reader.peek(ahead)
    return piece is not None and (piece.is_noun or piece.sign("count", "agg", "direction") is not None)


def _order_item(reader: Reader) -> Item | None:
    start = reader.at
    item = read_measured(reader)
    if item is not None:
        _skip_owner(reader)
        return item
    reader.at = start
    reader.skip("all", "it", "prep")
    piece = reader.peek()
    if piece and piece.is_noun:
        best = reader.best_noun(piece)
        if best and best.kind == "column":
            reader.at += 1
            _skip_owner(reader)
            return reader.choose_column(piece.refs)
        if best and (shown := display_of(reader, best.table)):
            reader.at += 1
            return shown[0]
    reader.at = start
    return None


def _skip_owner(reader: Reader, *, any_table: bool = False) -> None:
    """`… of the singers` behind what is sorted by says nothing new when it is the entity."""
    ahead = 0
    while reader.sign("prep", "all", "it", ahead=ahead):
        ahead += 1
    piece = reader.peek(ahead)
    of = reader.sign("prep")
    owner = next((ref.table for ref in piece.tables if ref.score > 0.9), None) if piece else None
    if ahead and owner and (owner == reader.entity or (any_table and of and of.arg == "of")):
        reader.entity = reader.entity or owner
        reader.at += ahead + 1


def first_shown(reader: Reader) -> tuple[Item, ...]:
    """What a direction without a column sorts: the first thing shown, or what is counted."""
    for want in reader.wants:
        if want.counted and want.table:
            return (Measure("count", of=want.table),)
        if want.functions and want.col:
            return (Measure(want.functions[0], want.col),)
        if want.col:
            return (want.col,)
        if want.table and (shown := display_of(reader, want.table)):
            return shown[:1]
    return ()


def _direction(reader: Reader) -> bool:
    if sign := reader.sign("direction"):
        reader.at += 1
        return sign.arg == "desc"
    return False


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
    best = reader.best_noun(piece) if piece and piece.is_noun else None
    return bool(best and best.kind == "table" and best.table == reader.entity)


def _best_rows_of_another(reader: Reader, sign: Sign, limit: int, ahead: int) -> bool:
    """`the suppliers of the 5 cheapest products`: the products are chosen first, then their suppliers."""
    piece = reader.peek(ahead)
    best = reader.best_noun(piece) if piece and piece.is_noun else None
    if not sign.about or not best or best.kind != "table" or best.table == reader.entity or limit < 2:
        return False
    key, item = reader.key(best.table), reader.find_property(sign.about, best.table)
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
    if piece and piece.columns and piece.is_noun and reader.best_noun(piece).kind == "column":  # type: ignore[union-attr]
        col = reader.choose_column(piece.refs)
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
        if found := reader.find_property(about, table):
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


def _pieces_of(reader: Reader, table: str) -> Measure | None:
    """`returned the most products` counts pieces, where returns say how many."""
    lines = [other for other in reader.tables if other not in {reader.entity, table}]
    if not lines or reader.schema.to_many(lines[-1], table):
        return None
    facts = reader.schema.facts[lines[-1]]
    for column in facts.table.columns:
        if "quantity" in facts.words_of(column.name) and facts.is_measure(column.name):
            return Measure("sum", Col(lines[-1], column.name))
    return None


def _amount_of(reader: Reader, table: str) -> Col | None:
    """`the greatest total amount of loans` adds up what the loans come to."""
    facts = reader.schema.facts[table]
    for column in facts.table.columns:
        if {"amount", "total", "value"} & set(facts.words_of(column.name)) and facts.is_measure(column.name):
            return Col(table, column.name)
    return None


def _stored_number(reader: Reader, piece: Piece) -> Col | None:
    """`the most customers`, where the entity has a column `number of customers`."""
    found = reader.schema.names.find(["number", *piece.lemmas])
    own = [r for r in found if r.table == reader.entity and r.score > 0.9 and r.why in {"name", "label"}]
    facts = reader.schema.facts[reader.entity] if reader.entity else None
    usable = [r.column for r in own if r.column and facts and facts.is_measure(r.column)]
    return Col(reader.entity or "", usable[0]) if usable else None


def _most_of(reader: Reader) -> Item | None:
    """What there is most of: rows of a table, a sum, or the greatest value of a column."""
    start = reader.at
    total = False
    while sign := reader.sign("count", "agg", "all", "prep", "it", "distinct"):
        if reader.peek() and reader.peek().is_noun:  # type: ignore[union-attr]
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
    best = reader.best_noun(piece)
    assert best is not None
    reader.at += 1
    reader.scores.append(best.score)
    if best.kind == "table":
        if stored := _stored_number(reader, piece):
            return stored
        if total and (amount := _amount_of(reader, best.table)):
            reader.mention(best.table)
            return Measure("sum", amount)
        pieces = _pieces_of(reader, best.table)
        reader.mention(best.table)
        return pieces or Measure("count", of=best.table)
    col = reader.choose_column(piece.refs)
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

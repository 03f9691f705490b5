"""Read groups: `per country`, `by month and channel`, `for each customer`."""

from dataclasses import replace

from agent.builtin.grammar.column_resolution import best_noun, choose_column
from agent.builtin.grammar.measures import display_of, pointed_at, read_measured
from agent.builtin.grammar.state import Reader, Want
from agent.builtin.grammar.value_filters import equal
from agent.builtin.linking.spans import Piece
from agent.builtin.plan.model import Col, Item, Order


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
    if sign.kind == "by" and not _one_is_meant(reader, ahead + 1) and _by_measure(reader, ahead):
        return True
    if piece and piece.sign("bucket") and not any(ref.score > 0.9 for ref in piece.columns):
        reader.at += ahead + 1
        reader.bucket = piece.sign("bucket").arg  # type: ignore[union-attr]
        return True
    if not piece or not piece.is_noun:
        return False
    if sign.kind == "by" and _done_by(reader, piece):
        reader.at += ahead + 1
        equal(reader, replace(piece, refs=piece.values), "=")
        return True
    if _one_is_meant(reader, ahead + 1) or (sign.kind == "by" and _agent(reader, piece, ahead)):
        return False
    reader.at += ahead
    read_group_items(reader)
    return True


def _done_by(reader: Reader, piece: Piece) -> bool:
    """`orders placed by phone`, where orders have a channel of that name, does not group."""
    before = reader.peek(-1)
    verbal = before is not None and not before.is_noun and before.text.lower().endswith(("ed", "en", "id"))
    stored = any(ref.table == reader.entity and ref.score > 0.9 for ref in piece.values)
    named = any(ref.table == reader.entity and ref.score > 0.9 for ref in piece.columns)
    return verbal and stored and not named


def _agent(reader: Reader, piece: Piece, ahead: int) -> bool:
    """`orders placed by customers from Berlin` does not group."""
    best = best_noun(reader, piece)
    if best is None or best.kind != "table":
        return False
    before, following = reader.peek(-1), reader.peek(ahead + 1)
    if before and before.sign("prep") and not before.is_noun:
        # `enrolled in by students`
        before = reader.peek(-2)
    if before and before.sign("verb") and not before.is_noun:
        return True
    return piece.plural and following is not None and not following.sign("stop", "and", "comma", "order")


def _one_is_meant(reader: Reader, ahead: int) -> bool:
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
        skip_owner(reader, any_table=True)
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
    best = best_noun(reader, piece)
    assert best is not None
    reader.at += 1
    reader.scores.append(best.score)
    if best.kind == "column":
        col = choose_column(reader, piece.refs) or Col(best.table, best.column or "")
        return list(pointed_at(reader, col, piece))
    following = reader.peek()
    if following and following.is_noun and not following.sign("and", "by"):
        own = [ref for ref in following.columns if ref.table == best.table and ref.score > 0.6]
        if own:
            reader.at += 1
            return list(pointed_at(reader, Col(best.table, own[0].column or ""), following))
    own_key = _readable_key(reader, best.table)
    return [own_key] if own_key else list(display_of(reader, best.table))


def _readable_key(reader: Reader, table: str) -> Col | None:
    """The column of the rows at hand that names the group already: a code that people read, and no number."""
    several = len({want.table for want in reader.wants if want.table}) > 1
    if reader.entity is None or table == reader.entity or several:
        return None
    facts = reader.schema.facts[reader.entity]
    for key in facts.table.foreign_keys:
        name = key.columns[0]
        if key.other_table == table and len(key.columns) == 1 and not facts.is_number(name):
            return Col(reader.entity, name) if facts.column(name).kind == "text" else None
    return None


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


def skip_owner(reader: Reader, *, any_table: bool = False) -> None:
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


def _direction(reader: Reader) -> bool:
    if sign := reader.sign("direction"):
        reader.at += 1
        return sign.arg == "desc"
    return False

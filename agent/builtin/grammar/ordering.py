"""Read orders: `sorted by age in descending order`, `from oldest to youngest`, `cheapest first`."""

from agent.builtin.grammar.column_resolution import best_noun, choose_column, find_property
from agent.builtin.grammar.grouping import skip_owner
from agent.builtin.grammar.measures import display_of, first_shown, read_measured
from agent.builtin.grammar.state import Reader
from agent.builtin.linking.spans import Piece
from agent.builtin.plan.model import Item, Measure, Order

# These sort only where it is said by what; `ordered` may be what customers did.
_PARTICIPLES = frozenset({"ordered", "sorted", "ranked", "arranged", "rank"})


def read_order(reader: Reader) -> bool:
    """`sorted by age in descending order`, `in alphabetical order of name`, `from oldest to youngest`."""
    if _extreme_first(reader):
        return True
    if not _begins_order(reader):
        return False
    _skip_sorted(reader)
    items, descending = _order_items(reader)
    if not items and reader.context:
        shown = reader.context.show
        items = [next((item for item in shown if isinstance(item, Measure)), shown[0])]
    if not items:
        reader.guesses += 1
        items = list(first_shown(reader))
    reader.order.extend(Order(item, descending) for item in items)
    return True


def move_sorting(reader: Reader) -> None:
    """`Sort the students by age` is read as `the students, sorted by age`."""
    first = reader.peek()
    if not first or not first.sign("order") or first.is_noun or reader.sign("by", ahead=1) or reader.context:
        return
    rest = tuple(reader.pieces[1:])
    by = next((n for n, piece in enumerate(rest) if piece.sign("by")), None)
    if by is not None:
        reader.pieces = (*rest[:by], first, *rest[by:])
    elif any(piece.sign("direction") for piece in rest):
        reader.pieces = rest


def _skip_sorted(reader: Reader) -> None:
    """`… and order the cities by size`: what is sorted has been said."""
    ahead = 1
    while reader.sign("all", "it", "distinct", ahead=ahead):
        ahead += 1
    verb, piece = reader.peek(), reader.peek(ahead)
    if verb is None or verb.text.lower().endswith(" by"):
        return
    beyond = ahead + 1
    while reader.sign("prep", "all", ahead=beyond):
        beyond += 1
    sorted_by = reader.sign("by", ahead=ahead + 1) or reader.sign("direction", ahead=beyond)
    if (
        reader.sign("order")
        and (ahead > 1 or verb.text.endswith(" the"))
        and piece
        and piece.is_noun
        and sorted_by
    ):
        reader.at += ahead + 1


def _begins_order(reader: Reader) -> bool:
    piece = reader.peek()
    if piece is None or not piece.sign("order", "direction"):
        return False
    doubtful = piece.is_noun or piece.text.lower() in _PARTICIPLES
    return not (piece.sign("order") and doubtful and not _order_follows(reader))


def _order_items(reader: Reader) -> tuple[list[Item], bool]:
    """What is sorted by, and whether it is descending."""
    descending = False
    items: list[Item] = []
    while piece := reader.peek():
        if found := piece.sign("direction"):
            descending = found.arg == "desc"
            reader.at += 1
        elif _goes_on(reader, piece, bool(items)):
            descending = descending or "descending" in piece.text
            reader.at += 1
        elif (item := _order_item(reader)) is not None:
            items.append(item)
        else:
            break
    return items, descending


def _goes_on(reader: Reader, piece: Piece, begun: bool) -> bool:
    if piece.sign("order", "by", "all", "prep", "it", "each") and not piece.is_noun:
        return True
    return piece.sign("comma", "and", "also") is not None and begun and _sortable(reader, 1)


def _extreme_first(reader: Reader) -> bool:
    """`cheapest first`, `newest first`."""
    sign, following = reader.sign("sup"), reader.peek(1)
    if not sign or not following or following.text.lower() != "first":
        return False
    if reader.order:
        # `sorted by rating, best first` says the direction of what has been said.
        last = reader.order.pop()
        reader.at += 2
        reader.order.append(Order(last.item, sign.arg == "desc"))
        return True
    item = find_property(reader, sign.about, reader.entity) if sign.about and reader.entity else None
    items = (item,) if item else first_shown(reader)
    reader.at += 2
    reader.order.extend(Order(found, sign.arg == "desc") for found in items)
    return bool(items)


def _order_follows(reader: Reader) -> bool:
    ahead = 1
    while reader.sign("prep", "all", ahead=ahead) and not reader.sign("direction", ahead=ahead):
        ahead += 1
    if reader.sign("by", ahead=1) or reader.sign("direction", ahead=ahead):
        return True
    start, reader_at = reader.at, reader.at
    _skip_sorted(reader)
    skipped, reader.at = reader.at != reader_at, start
    return skipped


def _sortable(reader: Reader, ahead: int) -> bool:
    while reader.sign("by", "all", "also", "order", ahead=ahead):
        ahead += 1
    piece = reader.peek(ahead)
    return piece is not None and (piece.is_noun or piece.sign("count", "agg", "direction") is not None)


def _order_item(reader: Reader) -> Item | None:
    start = reader.at
    item = read_measured(reader)
    if item is not None:
        skip_owner(reader)
        return item
    reader.at = start
    reader.skip("all", "it", "prep")
    piece = reader.peek()
    if piece and piece.is_noun:
        best = best_noun(reader, piece)
        if best and best.kind == "column":
            reader.at += 1
            skip_owner(reader)
            return choose_column(reader, piece.refs)
        if best and (shown := display_of(reader, best.table)):
            reader.at += 1
            return shown[0]
    reader.at = start
    return None

"""Look ahead: what begins at a piece that has not been read yet."""

from agent.builtin.grammar.column_resolution import best_noun
from agent.builtin.grammar.state import Reader
from agent.builtin.lexicon.function_words import Kind
from agent.builtin.linking.name_index import Ref
from agent.builtin.linking.spans import Piece


def begins_item(reader: Reader, ahead: int) -> bool:
    """Whether an item to be shown, and not a condition, begins at a piece ahead."""
    while (piece := reader.peek(ahead)) and piece.sign(*BEFORE_ITEM, "distinct") and not piece.is_noun:
        ahead += 1
    if piece is None:
        return False
    lonely = piece.is_noun and not noun_follows(reader, ahead + 1)
    if piece.sign("agg", "count", "share") and not lonely:
        return not compared(reader, ahead + 1)
    if piece.sign("information"):
        return True
    return piece.is_noun and not sorts(reader, ahead) and not compared(reader, ahead)


def sorts(reader: Reader, ahead: int) -> bool:
    """Whether a word such as `rank` begins an order here, and is not the name of a column."""
    piece = reader.peek(ahead)
    if piece is None or not piece.sign("order"):
        return False
    return (
        bool(reader.sign("by", ahead=ahead + 1)) or max((ref.score for ref in piece.refs), default=0.0) < 0.9
    )


def compared(reader: Reader, ahead: int) -> bool:
    """Whether the noun ahead is compared with something: then it is a condition."""
    while (piece := reader.peek(ahead)) and piece.sign("all", "prep") and not piece.is_noun:
        ahead += 1
    following = reader.peek(ahead + 1)
    if following is None:
        return False
    if (
        following.sign("op", "between", "like")
        or following.quoted
        or (following.number and not following.is_noun)
    ):
        return True
    after = reader.peek(ahead + 2)
    linked = following.sign("be", "not") is not None
    return (
        linked
        and after is not None
        and bool(
            after.sign("op", "between", "like", "not", "null") or after.number or after.values or after.quoted
        )
    )


BEFORE_ITEM: tuple[Kind, ...] = ("all", "it", "also", "filler", "be", "show", "both", "there")


def noun_follows(reader: Reader, ahead: int) -> bool:
    """Whether a name comes next, behind small words."""
    while (piece := reader.peek(ahead)) and piece.sign(
        "all", "prep", "it", "agg", "and", "comma", "distinct", "filler"
    ):
        if piece.is_noun:
            return True
        ahead += 1
    return piece is not None and (piece.is_noun or piece.sign("count") is not None)


def noun_at(reader: Reader) -> bool:
    """Whether the piece at hand surely names something."""
    piece = reader.peek()
    return bool(piece and piece.is_noun and max(ref.score for ref in piece.refs) > 0.85)


def table_here(reader: Reader) -> str | None:
    """The table that the piece at hand names."""
    piece = reader.peek()
    if not piece or not piece.is_noun:
        return None
    best = best_noun(reader, piece)
    return best.table if best and best.kind == "table" else None


def summable(reader: Reader, piece: Piece) -> bool:
    """Whether a piece names something that can be added up."""
    return any(
        ref.column and ref.score > 0.75 and reader.schema.facts[ref.table].is_measure(ref.column)
        for ref in piece.columns
    )


def is_date(reader: Reader, ref: Ref, table: str) -> bool:
    """Whether a column of a table holds dates."""
    return ref.table == table and ref.column is not None and reader.schema.facts[table].is_date(ref.column)


def says_of(piece: Piece) -> bool:
    """Whether a piece says `of` or `for`."""
    return any(sign.kind == "prep" and sign.arg in {"of", "for"} for sign in piece.signs)

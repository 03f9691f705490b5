"""Read what is to be shown: the first part of a question, up to where its conditions begin."""

from agent.builtin.grammar.column_owners import settle_owners
from agent.builtin.grammar.lookahead import begins_item, noun_at
from agent.builtin.grammar.select_items import read_item
from agent.builtin.grammar.state import Reader
from agent.builtin.lexicon.function_words import Kind
from agent.builtin.linking.spans import Piece

_OPENERS: tuple[Kind, ...] = (
    "show", "what", "who", "be", "all", "it", "there", "filler", "stop", "also", "comma", "only",
)  # fmt: skip


def read_selection(reader: Reader) -> None:
    """Read all items of the selection into `reader.wants`."""
    skip_openers(reader)
    while not reader.done and read_item(reader):
        ahead = _joined_item(reader)
        if not ahead:
            break
        reader.at += ahead
    settle_owners(reader)


def skip_openers(reader: Reader) -> None:
    """Pass over `please show me what are the …`."""
    if reader.at == 0 and reader.sign("that") and not noun_at(reader):
        reader.at += 1
    if reader.at == 0 and reader.sign("who"):
        reader.asks = "person"
    if reader.at == 0 and reader.sign("compare"):
        reader.compares = True
        reader.at += 1
    if reader.at == 0 and (sign := reader.sign("when", "where")):
        reader.asks = "date" if sign.kind == "when" else "place"
        reader.at += 1
    while (
        (piece := reader.peek()) and piece.sign(*_OPENERS, "direction") and not _is_noun_here(reader, piece)
    ):
        if sign := piece.sign("direction"):
            reader.direction = sign.arg
        reader.at += 1


def _is_noun_here(reader: Reader, piece: Piece) -> bool:
    """Whether a piece that may be form is a name all the same: `names` after `the`."""
    if not piece.is_noun:
        return False
    if piece.sign("show") and reader.at == 0:
        # `name the suppliers`, but `name and rating of the suppliers`
        return bool(reader.sign("and", "comma", ahead=1)) or _of_follows(reader)
    return max(ref.score for ref in piece.refs) >= 0.6


def _of_follows(reader: Reader) -> bool:
    sign = reader.sign("prep", ahead=1)
    return sign is not None and sign.arg == "of"


def _joined_item(reader: Reader) -> int:
    """How many pieces to pass over to reach the next item; 0 when the selection ends here."""
    ahead = vague = _vague_ahead(reader)
    while (piece := reader.peek(ahead)) and piece.sign("comma", "and"):
        ahead += 1
    if ahead == vague:
        return 0
    return ahead if begins_item(reader, ahead) else 0


def _vague_ahead(reader: Reader) -> int:
    """`creation year`, `price value`: behind a column such a word says nothing new."""
    piece = reader.peek()
    weak = max((ref.score for ref in piece.refs), default=0.0) < 0.9 if piece else False
    return (
        1
        if piece and weak and piece.lemmas in {("year",), ("date",), ("value",), ("amount",), ("number",)}
        else 0
    )

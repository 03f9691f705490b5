"""Read conditions on a part of a text: `contains "son"`, `starting with the letter S`."""

from agent.builtin.grammar.column_resolution import choose_column
from agent.builtin.grammar.conditions import add_condition
from agent.builtin.grammar.state import Reader
from agent.builtin.plan.model import Col, Compare, Missing

_LIKE = {"contains": "%{}%", "starts": "{}%", "ends": "%{}"}


def read_like(reader: Reader) -> bool:
    """`contains "son"`, `starting with the letter S`."""
    sign = reader.sign("like")
    if not sign:
        return False
    ahead = 1
    while reader.sign("all", "like", "prep", "filler", ahead=ahead) and not _is_letter(reader, ahead):
        ahead += 1
    piece = reader.peek(ahead)
    if not piece or piece.sign("stop", "comma"):
        return False
    plain = (
        "letter" in _said_before(reader, ahead)
        or "word" in _said_before(reader, ahead)
        or len(piece.text) <= 2
    )
    said = piece.quoted or (
        piece.text if plain or (reader.column and not piece.is_noun and not piece.signs) else None
    )
    if said is None:
        return False
    column = reader.column or _searched(reader, ahead + 1) or text_column(reader)
    if column is None:
        return False
    last = max(
        (reader.sign("like", ahead=n) for n in range(ahead)),
        key=lambda s: s is not None and s.arg != "contains",
    )
    reader.at += ahead + 1
    add_condition(reader, Compare(column, "like", _LIKE[(last or sign).arg].format(said)))
    reader.column = None
    return True


def _is_letter(reader: Reader, ahead: int) -> bool:
    """The last `a` in `starts with an a`."""
    piece, after = reader.peek(ahead), reader.peek(ahead + 1)
    return piece is not None and len(piece.text) == 1 and (after is None or after.sign("stop") is not None)


def _searched(reader: Reader, ahead: int) -> Col | None:
    """`the letter Z in their first names`: where to look stands behind."""
    start = ahead
    while reader.sign("prep", "it", "all", ahead=ahead):
        ahead += 1
    piece = reader.peek(ahead)
    if ahead == start or piece is None or not piece.columns or not reader.sign("prep", ahead=start):
        return None
    column = choose_column(reader, piece.refs)
    if column and reader.schema.facts[column.table].column(column.column).kind == "text":
        reader.consumed.add(piece.first)
        return column
    return None


def _said_before(reader: Reader, ahead: int) -> str:
    return " ".join(piece.text for piece in reader.pieces[reader.at : reader.at + ahead])


def text_column(reader: Reader) -> Col | None:
    """The text that is searched where no column was named."""
    last = reader.wants[-1].col if reader.wants and not reader.where else None
    if last and reader.schema.facts[last.table].column(last.column).kind == "text":
        return last
    if reader.base is None:
        return None
    reader.guesses += 1
    display = reader.schema.facts[reader.base].display
    return Col(reader.base, display[0]) if display else None


def read_null(reader: Reader) -> bool:
    """`is missing`, `is not null`, said of the column before it."""
    sign = reader.sign("null")
    if not sign or reader.column is None:
        return False
    reader.at += 1
    add_condition(reader, Missing(reader.column, negated=sign.arg == "no"))
    reader.column = None
    return True

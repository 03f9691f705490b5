"""Read bare numbers: `3 or more albums`, `age 20`, `room 111`, `5 stars`."""

from agent.builtin.grammar.amounts import with_number
from agent.builtin.grammar.choosing import best_noun
from agent.builtin.grammar.reader import Reader
from agent.builtin.grammar.stored import append_equal
from agent.builtin.pieces import Piece
from agent.builtin.plan import Col, Comparison


def read_number(reader: Reader) -> bool:
    """A bare number: `3 or more albums`, `age 20`, `year 2014`, `5 stars`."""
    piece = reader.peek()
    if not piece or not piece.number or piece.is_noun or (piece.period and reader.column is None):
        return False
    if reader.sign("sup", "common", ahead=1):
        return False
    postop = reader.sign("postop", ahead=1)
    op: Comparison = postop.arg if postop else "="  # type: ignore[assignment]  # the lexicon has only comparisons
    if reader.column is None and piece.values and not postop:
        return False
    column = reader.column or _number_of_row(reader)
    if piece.period and column and not _takes_number(reader, column):
        return False
    following = reader.peek(2 if postop else 1)
    if column and following and not _takes_number(reader, column) and _numeric(reader, following):
        # `directors of movies with 5 stars`: the number is of the stars.
        column = None
    reader.column = column
    reader.at += 2 if postop else 1
    number = piece.number.value
    if column and column.column and not _takes_number(reader, column):
        text = reader.schema.facts[column.table].column(column.column).kind == "text"
        if text and not postop and piece.text[:1].isdigit():
            append_equal(reader, column, "=", _as_said(piece))
            return True
    with_number(reader, op, number, "")
    return True


def _numeric(reader: Reader, piece: Piece) -> bool:
    best = best_noun(reader, piece) if piece.is_noun else None
    return bool(
        best and best.column and best.score > 0.9 and reader.schema.facts[best.table].is_measure(best.column)
    )


def _number_of_row(reader: Reader) -> Col | None:
    """`room 111`: a number behind a table's name is the number by which its rows are known."""
    before = reader.peek(-1)
    best = best_noun(reader, before) if before and before.is_noun else None
    if not best or best.kind != "table" or (before and before.plural):
        return None
    facts = reader.schema.facts[best.table]
    numbers = [
        c.name
        for c in facts.table.columns
        if facts.words_of(c.name)[-1:] in {("number",), ("id",), ("code",)}
    ]
    own = [name for name in facts.table.primary_key if len(facts.table.primary_key) == 1] + numbers
    return Col(best.table, own[0]) if own else None


def _as_said(piece: Piece) -> str:
    return piece.text


def _takes_number(reader: Reader, column: Col) -> bool:
    return reader.schema.facts[column.table].is_number(column.column)

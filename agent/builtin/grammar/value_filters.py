"""Read stored values and quotations: `from Berlin`, `vip`, `France or Italy`."""

from agent.builtin.grammar.column_resolution import best_noun, choose_column, worth
from agent.builtin.grammar.conditions import add_condition
from agent.builtin.grammar.state import Reader
from agent.builtin.grammar.text_filters import text_column
from agent.builtin.linking.name_index import Ref
from agent.builtin.linking.spans import Piece
from agent.builtin.plan.model import AnyOf, Col, Compare, Comparison, Condition, Member, OneOf, Plan, Scalar
from agent.builtin.schema.model import truth


def read_quoted(reader: Reader) -> bool:
    """A quotation is a value of the column before it, or a stored value, or a name."""
    piece = reader.peek()
    if not piece or not piece.quoted:
        return False
    if column := _found_in(reader):
        add_condition(reader, Compare(column, "like", f"%{piece.quoted}%"))
        return True
    reader.at += 1
    equal(reader, piece, "=")
    return True


def _found_in(reader: Reader) -> Col | None:
    """`has "love" in its title`: the quotation is a part of that column; passes over both."""
    ahead = 1
    if not (reader.sign("prep", ahead=1) and reader.peek(1).text.lower() == "in"):  # type: ignore[union-attr]
        return None
    while reader.sign("prep", "it", "all", ahead=ahead):
        ahead += 1
    noun = reader.peek(ahead)
    said = reader.peek(-1)
    if not noun or not noun.columns or not said or not said.sign("have", "with", "like", "be"):
        return None
    column = choose_column(reader, noun.refs)
    reader.at += ahead + 1
    return column


def read_value(reader: Reader) -> bool:
    """A stored value: `from Berlin`, `vip`, `France or Italy`."""
    piece = reader.peek()
    if not piece or not piece.values:
        return False
    if piece.is_noun and not _rather_value(reader, piece):
        return False
    if piece.number and not piece.text.isdigit() and not piece.text[:1].isupper():
        return False
    if piece.sign("verb", "filler") and not any(ref.value == piece.text for ref in piece.values):
        return False
    formal = any(sign.kind not in {"verb", "filler", "information", "show"} for sign in piece.signs)
    if formal and not (piece.text[:1].isupper() and piece.first > 0):
        return False
    reader.at += 1
    equal(reader, piece, "=")
    return True


def _rather_value(reader: Reader, piece: Piece) -> bool:
    """Whether what may be a name or a value is the value: behind its own column, or in capitals."""
    value = max(piece.values, key=lambda ref: ref.score)
    if reader.column and any(_col(ref) == reader.column for ref in piece.values):
        return True
    last = reader.where[-1] if reader.where else None
    joined = reader.peek(-1)
    listed = joined is not None and joined.sign("or", "and", "comma") is not None
    if listed and isinstance(last, Compare | OneOf) and any(_col(ref) == last.item for ref in piece.values):
        return True
    noun = max((ref.score for ref in piece.refs if ref.kind != "value"), default=0.0)
    capital = piece.text[:1].isupper() and piece.first > 0
    if not capital and noun > 0.75 and not (value.value or "").islower():
        return False
    return value.score > noun or (capital and value.score >= noun)


def equal(reader: Reader, piece: Piece, op: Comparison) -> None:
    """Compare with a stored value or a quotation, in the column where it is likeliest."""
    ref = choose_value(reader, piece)
    if ref is None:
        column = reader.column or text_column(reader)
        if column is None or not piece.quoted:
            reader.give_up_on(piece)
        else:
            append_equal(reader, column, op, piece.quoted)
        return
    reader.scores.append(ref.score)
    column = Col(ref.table, ref.column or "")
    reader.column = None
    if ref.score < 0.75 and not _stands_for_a_thing(reader, piece, ref):
        reader.give_up_on(piece)
    elif ref.score < 0.75:
        reader.scores.append(ref.score)
        add_condition(reader, Compare(column, "like", f"%{piece.text}%"))
        reader.assumptions.append(f"{piece.text!r} is taken as a part of the stored value.")
    else:
        append_equal(reader, column, op, ref.value or "")


def _stands_for_a_thing(reader: Reader, piece: Piece, ref: Ref) -> bool:
    """Whether a part of a stored value is named as a thing: `a teapot`, not `late` in `came late`."""
    if piece.quoted or piece.text[:1].isupper() or ref.table in {reader.entity, reader.focus}:
        return True
    at = next((n for n, other in enumerate(reader.pieces) if other.first == piece.first), 0)
    before = reader.pieces[at - 1] if at else None
    return (
        before is not None
        and before.sign("all", "prep", "with", "like", "and", "or", "comma", "not") is not None
    )


def append_equal(reader: Reader, column: Col, op: Comparison, value: Scalar) -> None:
    """Compare a column with a value."""
    facts = reader.schema.facts[column.table]
    kind = facts.column(column.column).kind
    if isinstance(value, str) and kind == "boolean" and truth(value) is not None:
        value = bool(truth(value))
    reader.column = None
    add_condition(reader, _with_those_below(reader, Compare(column, op, value)))


def _with_those_below(reader: Reader, condition: Compare) -> Condition:
    """`products in Kitchen`, where Kitchen is a department: what is filed below it is meant, too."""
    column = condition.item
    if not isinstance(column, Col) or column.table == reader.entity or condition.op != "=":
        return condition
    facts = reader.schema.facts[column.table]
    for key in facts.table.foreign_keys:
        up = facts.words_of(key.columns[0])
        if key.other_table == column.table and "parent" in up and column.column in facts.display:
            inner = Plan(column.table, (Col(column.table, key.other_columns[0]),), where=(condition,))
            return AnyOf((condition, Member(Col(column.table, key.columns[0]), inner)))
    return condition


def choose_value(reader: Reader, piece: Piece) -> Ref | None:
    """The likeliest place of a stored value: the column just named, else the nearest table."""
    if not piece.values:
        return None
    if reader.column:
        own = [ref for ref in piece.values if _col(ref) == reader.column]
        if own:
            return own[0]
        if (
            piece.quoted
            and reader.schema.facts[reader.column.table].column(reader.column.column).kind == "text"
        ):
            # The column was named; a value stored elsewhere is not what was meant.
            same = [ref for ref in piece.values if ref.column == reader.column.column]
            return same[0] if same else None
    following = reader.peek()
    named = [_col(ref) for ref in following.columns if ref.score > 0.9] if following else []
    behind = [ref for ref in piece.values if _col(ref) in named and ref.score > 0.9]
    if behind:
        # `Los Angeles county`
        reader.at += 1
        return behind[0]
    owner = _owner_behind(reader)
    last = reader.where[-1].item if reader.where and isinstance(reader.where[-1], Compare | OneOf) else None
    return max(
        piece.values,
        key=lambda ref: (worth(reader, ref, owner) + 0.2 * (_col(ref) == last), -_place(reader, ref)),
    )


def _owner_behind(reader: Reader) -> str | None:
    """`Biology courses`: the table behind a value is the likeliest to hold it."""
    piece = reader.peek()
    if not piece or not piece.is_noun:
        return None
    best = best_noun(reader, piece)
    return best.table if best and best.kind == "table" else None


def _place(reader: Reader, ref: Ref) -> int:
    names = [column.name for column in reader.schema.facts[ref.table].table.columns]
    return names.index(ref.column) if ref.column in names else 99


def _col(ref: Ref) -> Col:
    return Col(ref.table, ref.column or "")

"""Read aggregates behind the selection: one more to be shown, or one that groups are held against."""

from agent.builtin.grammar.ahead import begins_item, noun_follows
from agent.builtin.grammar.choosing import choose_column
from agent.builtin.grammar.items import read_item
from agent.builtin.grammar.owners import settle_owners
from agent.builtin.grammar.reader import Reader, Want
from agent.builtin.plan import Compare, Measure


def read_more_wanted(reader: Reader) -> bool:
    """`… and the average age`, `… and how many there are`: an aggregate that nothing compares is shown."""
    if not reader.sign("agg", "count") or reader.negated:
        return False
    before = len(reader.wants)
    start = reader.at
    if begins_item(reader, 0) and read_item(reader) and len(reader.wants) > before:
        return _settle_late(reader, before)
    reader.at = start
    return read_measured_condition(reader)


def _settle_late(reader: Reader, before: int) -> bool:
    late = reader.wants[before:]
    if reader.sign("op") or (reader.sign("be", "that") and reader.sign("op", ahead=1)):
        reader.wants = reader.wants[:before]
        return _compare_wanted(reader, late[0])
    settle_owners(reader)
    return True


def read_measured_condition(reader: Reader) -> bool:
    """`whose average price is above 100`, `with a number of orders greater than 5`."""
    piece = reader.peek()
    lonely = piece is not None and piece.is_noun and not noun_follows(reader, 1)
    if not reader.sign("agg", "count") or lonely:
        # `a total over 100` speaks of the column of that name.
        return False
    before = len(reader.wants)
    start = reader.at
    if not read_item(reader) or len(reader.wants) == before:
        reader.at = start
        return False
    want = reader.wants.pop()
    return _compare_wanted(reader, want)


def _compare_wanted(reader: Reader, want: Want) -> bool:
    """Turn an aggregate that was read into a condition on groups."""
    reader.skip("be", "that", "all", "than")
    sign, operand = reader.sign("op"), None
    if sign:
        reader.at += 1
        reader.skip("all", "it", "than")
        operand = reader.peek()
    elif (piece := reader.peek()) and piece.number:
        operand = piece
    if not operand or not operand.number:
        return False
    postop = reader.sign("postop", ahead=1)
    reader.at += 2 if postop else 1
    op = sign.arg if sign else postop.arg if postop else "="
    column = choose_column(reader, want.piece.refs, want.owner) if want.piece and not want.table else want.col
    if want.counted:
        measure = Measure("count", of=want.table or (column.table if column else reader.entity))
        if want.table:
            reader.mention(want.table)
    elif column and want.functions:
        measure = Measure(want.functions[0], column)
    else:
        return False
    reader.having.append(Compare(measure, op, operand.number.value))  # type: ignore[arg-type]
    return True

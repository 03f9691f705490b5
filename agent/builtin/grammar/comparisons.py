"""Read comparisons: `more than 3 albums`, `older than 30`, `above the average price`."""

from collections.abc import Sequence
from dataclasses import replace

from agent.builtin.grammar.column_resolution import best_noun, choose_column
from agent.builtin.grammar.conditions import add_condition, end_absence, settle_column
from agent.builtin.grammar.numeric_filters import property_meant, with_number
from agent.builtin.grammar.state import Reader
from agent.builtin.grammar.value_filters import equal
from agent.builtin.lexicon.function_words import Sign
from agent.builtin.linking.spans import Piece
from agent.builtin.plan.model import Col, Compare, Comparison, Function, Measure, Plan

_SOME = frozenset({"any", "some", "some of", "at least one"})


def read_comparison(reader: Reader) -> bool:
    """`more than 3 albums`, `older than 30`, `above the average`, `above the average price`."""
    sign = reader.sign("op") or _second_limit(reader)
    if not sign or reader.peek() is None:
        return False
    if _compares_with_answer(reader, sign):
        return True
    if not _operand_follows(reader, 1):
        return False
    if ahead := _merely_exists(reader, sign):
        reader.at += ahead
        return True
    reader.at += 1
    reader.skip("it", "than", "be")
    if not _than_any(reader):
        reader.skip("all", "it", "than", "be")
    return _with_operand(reader, sign)


def _second_limit(reader: Reader) -> Sign | None:
    """`below 3 or above 5`: `or above` is followed by a number of its own."""
    sign, said, following = reader.sign("postop"), reader.peek(), reader.peek(1)
    if not sign or not said or not following or not following.number or not reader.where:
        return None
    reader.joiner = "or" if said.text.lower().startswith("or ") else "and"
    return replace(sign, arg=sign.arg[0])


def _with_operand(reader: Reader, sign: Sign) -> bool:
    op: Comparison = sign.arg  # type: ignore[assignment]  # the lexicon has only comparisons
    operand = reader.peek()
    if reader.sign("agg"):
        return _with_aggregate(reader, op, sign.about)
    if _than_any(reader):
        return _with_extreme(reader, op, sign.about)
    if operand and operand.number:
        reader.at += 1
        with_number(reader, op, operand.number.value, sign.about)
        return True
    if operand and operand.period:
        return False
    number = reader.peek(1)
    if operand and operand.columns and operand.is_noun and number and number.number and not number.is_noun:
        # `above age 46`
        reader.column = choose_column(reader, operand.refs)
        reader.at += 2
        with_number(reader, op, number.number.value, sign.about)
        return True
    if operand and operand.columns and operand.is_noun:
        return _with_column(reader, operand, sign)
    return _with_value(reader, op, sign.about)


def _with_column(reader: Reader, operand: Piece, sign: Sign) -> bool:
    """`an end date after the start date`: one column is compared with another."""
    left = reader.column or property_meant(reader, sign.about)
    right = choose_column(reader, operand.refs)
    reader.at += 1
    if left and right and left != right:
        add_condition(reader, Compare(left, sign.arg, right))  # type: ignore[arg-type]  # as above
        reader.column = None
    return True


def _merely_exists(reader: Reader, sign: Sign) -> int:
    """`at least one student` says that there is one: how many pieces lie before the student, or 0."""
    ahead = 1
    while reader.sign("all", ahead=ahead):
        ahead += 1
    noun, last = reader.peek(ahead), reader.peek(ahead - 1)
    one = last is not None and last.text.lower() in {"a", "an", "one"}
    exists = sign.arg == ">=" and one and noun is not None and noun.is_noun and bool(noun.tables)
    return ahead if exists else 0


def _compares_with_answer(reader: Reader, sign: Sign) -> bool:
    """`older than that`, where the last answer was one number."""
    said, plan = reader.peek(1), reader.context
    if (
        not said
        or said.text.lower() not in {"that", "this", "it"}
        or plan is None
        or plan.group
        or len(plan.show) != 1
    ):
        return False
    measure = plan.show[0]
    if not isinstance(measure, Measure):
        return False
    own = measure.term if isinstance(measure.term, Col) else None
    column = reader.column or property_meant(reader, sign.about) or own
    if column is None:
        return False
    reader.at += 2
    reader.leaned = True
    reader.column = None
    add_condition(reader, Compare(column, sign.arg, plan))  # type: ignore[arg-type]  # the lexicon has only comparisons
    return True


def _operand_follows(reader: Reader, ahead: int) -> bool:
    while (piece := reader.peek(ahead)) and piece.sign("all", "it", "than", "be") and not piece.is_noun:
        ahead += 1
    if piece is None:
        return False
    return bool(piece.number or piece.quoted or piece.values or piece.sign("agg") or piece.columns)


def _than_any(reader: Reader) -> bool:
    """`than any salary of …`, `than all students from …`."""
    said, noun = reader.peek(), reader.peek(1)
    return bool(
        said and said.text.lower() in {*_SOME, "all", "every", "all the", "all of"} and noun and noun.is_noun
    )


def _with_extreme(reader: Reader, op: Comparison, about: str) -> bool:
    """Greater than all is greater than the greatest; greater than some, than the least."""
    some = (said := reader.peek()) is not None and said.text.lower() in _SOME - {"any"}
    reader.at += 1
    noun = reader.peek()
    found = choose_column(reader, noun.refs) if noun and noun.columns else None
    best = best_noun(reader, noun) if noun else None
    named = found if best and best.kind == "column" else None
    column = reader.column or named or property_meant(reader, about)
    if column is None:
        return False
    reader.at += 1
    reader.column = None
    inner = _conditions_within(reader, column.table)
    function: Function = "max" if (op in {">", ">="}) != some else "min"
    add_condition(reader, Compare(column, op, inner.with_(show=(Measure(function, column),))))
    return True


def _with_aggregate(reader: Reader, op: Comparison, about: str) -> bool:
    """`above the average (price) (of all products)`."""
    sign = reader.sign("agg")
    assert sign is not None
    function: Function = sign.arg  # type: ignore[assignment]  # the lexicon has only functions
    reader.at += 1
    reader.skip("all", "prep", "it")
    piece = reader.peek()
    column = reader.column or property_meant(reader, about)
    if piece and piece.columns and piece.is_noun and not piece.tables:
        found = choose_column(reader, piece.refs, column.table if column else None)
        column = found if column is None or (found and found.table == column.table) else column
        reader.at += 1
    elif piece and piece.tables and reader.base == piece.tables[0].table:
        reader.at += 1
    if column is None:
        return False
    reader.column = None
    inner = _conditions_within(reader, column.table)
    add_condition(reader, Compare(column, op, inner.with_(show=(Measure(function, column),))))
    return True


def _conditions_within(reader: Reader, table: str) -> Plan:
    """`… the average salary of instructors in Physics`: what follows belongs to the average."""
    if not reader.sign("prep", "who", "that", "with"):
        return Plan(table, ())
    end = reader.at
    while end < len(reader.pieces) and not reader.pieces[end].sign(
        "stop", "comma", "and", "or", "order", "each"
    ):
        end += 1
    inner = replace_reader(reader, reader.pieces[reader.at : end], table)
    inner.read_rest()
    settle_column(inner)
    end_absence(inner)
    reader.at = end
    reader.unplaced.extend(inner.unplaced)
    return Plan(table, (), where=tuple(inner.where), tables=tuple(inner.tables))


def replace_reader(reader: Reader, pieces: Sequence[Piece], table: str) -> Reader:
    """A reader of some of the pieces, about another table."""
    return replace(Reader(pieces, reader.schema, reader.today, entity=table, focus=table), rules=reader.rules)


def _with_value(reader: Reader, op: Comparison, about: str) -> bool:
    """`equal to "x"`, `other than Berlin`."""
    piece = reader.peek()
    if piece is None:
        return False
    if piece.quoted or piece.values:
        reader.at += 1
        # `under the "Computer Science" subject` compares nothing.
        equal(reader, piece, "<>" if op == "<>" else "=")
        return True
    return False

"""Tell what can be measured, what adds up, and what stands for the rows of a table."""

from agent.builtin.grammar.column_resolution import best_noun, choose_column
from agent.builtin.grammar.state import Reader, Want
from agent.builtin.linking.spans import Piece
from agent.builtin.plan.model import Col, Function, Item, Measure

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
    best = best_noun(reader, piece) if piece and piece.is_noun else None
    if piece is None or best is None:
        return None
    if best.kind == "table" and function and not counted:
        piece = _measure_of(reader, best.table) or piece
    elif best.kind == "table":
        return _measured_rows(reader, best.table, counted)
    return _measured_column(reader, piece, function, counted)


def _measure_of(reader: Reader, table: str) -> Piece | None:
    """`the highest average instructor salary`: the table only says whose salary."""
    following = reader.peek(1)
    if not following or not any(ref.table == table and ref.score >= 0.5 for ref in following.columns):
        return None
    reader.at += 1
    return following


def _measured_rows(reader: Reader, table: str, counted: bool) -> Item | None:
    if not counted and (table == reader.entity or not reader.top):
        return None
    reader.at += 1
    return Measure("count", of=table)


def _measured_column(reader: Reader, piece: Piece, function: Function | None, counted: bool) -> Item | None:
    col = choose_column(reader, piece.refs)
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


def adds_up_want(reader: Reader, want: Want) -> bool:
    """Whether something wanted is a sum though nobody said so."""
    return bool(want.piece and want.col and not want.functions and adds_up(reader, want.piece, want.col))

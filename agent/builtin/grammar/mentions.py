"""Read nouns behind the selection: a table brings its rows in, a column waits to be compared."""

from agent.builtin.grammar.column_owners import settle_owners
from agent.builtin.grammar.column_resolution import best_noun, choose_column, find_property
from agent.builtin.grammar.conditions import add_condition, begin_absence, settle_column
from agent.builtin.grammar.lookahead import begins_item
from agent.builtin.grammar.measures import shows_category
from agent.builtin.grammar.negation import other_rows_meant
from agent.builtin.grammar.select_items import read_item
from agent.builtin.grammar.state import Reader
from agent.builtin.linking.spans import Piece
from agent.builtin.plan.model import Col, Compare, Missing


def read_noun(reader: Reader) -> bool:
    """A table brings its rows in; a column waits for what it is compared with."""
    piece = reader.peek()
    if not piece or not piece.is_noun:
        return False
    best = best_noun(reader, piece)
    assert best is not None
    if _shown_beside(reader) or _costs(reader):
        return True
    with_ = _said_with(reader)
    reader.at += 1
    reader.scores.append(best.score)
    if best.kind == "table":
        _read_table(reader, best.table)
        return True
    settle_column(reader)
    column = _own_text(reader, piece) or choose_column(reader, piece.refs)
    assert column is not None
    if _read_supply(reader, column):
        return True
    _read_column(reader, column, with_)
    return True


def _own_text(reader: Reader, piece: Piece) -> Col | None:
    """`publishers whose name contains …`, where publishers are a text: that text is the name."""
    before = reader.peek(-2)
    if piece.lemmas != ("name",) or len(reader.wants) != 1 or not before:
        return None
    said = before.sign("whose", "it") is not None
    own = reader.wants[0].owner is None and reader.focus == reader.entity
    return reader.wants[0].col if said and own and shows_category(reader) else None


def _costs(reader: Reader) -> bool:
    """`products that cost between 5 and 10`: the verb speaks of the price, whatever else is called cost."""
    piece = reader.peek()
    if (
        not piece
        or piece.lemmas != ("cost",)
        or not reader.sign("op", "between", ahead=1)
        or reader.base is None
    ):
        return False
    before = reader.peek(-1)
    if before and before.sign("whose", "prep", "all", "with", "it") and not before.is_noun:
        return False
    column = find_property(reader, "price|cost|fee|amount", reader.base)
    if column is None:
        return False
    reader.at += 1
    reader.column = column
    return True


def _shown_beside(reader: Reader) -> bool:
    """`products with their category`: the category is shown, too."""
    before, further = reader.peek(-1), reader.peek(-2)
    if not (before and before.text.lower() in {"their", "its"} and further and further.sign("with", "and")):
        return False
    if any(want.counted or want.functions for want in reader.wants) or not begins_item(reader, 0):
        return False
    count = len(reader.wants)
    read_item(reader)
    if len(reader.wants) > count:
        settle_owners(reader)
    return True


def _read_supply(reader: Reader, column: Col) -> bool:
    """`out of stock` is none left, `in stock` is some."""
    before = reader.peek(-2)
    if (
        not before
        or before.text.lower() not in {"out of", "in", "on"}
        or not reader.schema.facts[column.table].is_measure(column.column)
    ):
        return False
    if any(isinstance(said, Compare) and said.item == column for said in reader.where):
        # `less than 10 pieces in stock` has said how many.
        return True
    if before.text.lower() == "out of":
        add_condition(reader, Compare(column, "=", 0))
    elif before.text.lower() in {"in", "on"} and not _compared_next(reader):
        add_condition(reader, Compare(column, ">", 0))
    else:
        return False
    return True


def _said_with(reader: Reader) -> bool:
    behind = -1
    while (piece := reader.peek(behind)) and piece.sign("all") and not piece.is_noun:
        behind -= 1
    return bool(
        piece
        and (piece.sign("with", "have", "not") or piece.text.lower() in {"used", "using", "use", "uses"})
    )


def _read_table(reader: Reader, table: str) -> None:
    following = reader.peek()
    if following and following.is_noun and not following.sign("and", "op", "order", "by"):
        own = [r for r in following.columns if r.table == table and r.score >= 0.5]
        if own and not (following.tables and following.tables[0].score > 0.95):
            reader.focus = table
            return
    if reader.sign("prep") and reader.sign("prep").arg == "has":  # type: ignore[union-attr]
        reader.focus = table
        return
    if reader.negated and (table != reader.entity or other_rows_meant(reader, table)):
        begin_absence(reader, table)
        reader.focus = table
    elif reader.absence is not None and table != reader.entity:
        reader.absence.tables.append(table)
        reader.focus = table
    else:
        reader.mention(table)


def _read_column(reader: Reader, column: Col, with_: bool) -> None:
    facts = reader.schema.facts[column.table]
    if facts.is_boolean(column.column):
        add_condition(reader, Compare(column, "=", True))
        return
    far = reader.entity is not None and reader.schema.to_many(reader.entity, column.table)
    if reader.negated and far and not _compared_next(reader):
        begin_absence(reader, column.table)
    if facts.is_date(column.column):
        if reader.negated and not _period_next(reader):
            reader.negated = False
            add_condition(reader, Missing(column))
            return
        reader.date = column
        if reader.absence is None and column.table != reader.entity:
            reader.mention(column.table)
    reader.column = column
    reader.column_with = with_


def _compared_next(reader: Reader) -> bool:
    piece = reader.peek()
    return piece is not None and bool(
        piece.sign("op", "be", "between", "like") or piece.values or piece.number
    )


def _period_next(reader: Reader) -> bool:
    ahead = 0
    while reader.sign("prep", "all", "be", ahead=ahead):
        ahead += 1
    piece = reader.peek(ahead)
    return piece is not None and piece.period is not None

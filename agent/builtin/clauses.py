"""Read everything behind the selection, clause by clause: the rules are tried in order at each piece."""

from collections.abc import Callable

from agent.builtin.comparing import (
    read_between,
    read_comparison,
    read_like,
    read_null,
    read_number,
    read_period,
    read_quoted,
    read_value,
)
from agent.builtin.grouping import read_bucket, read_group, read_order, read_superlative
from agent.builtin.plan import Col, Compare, Measure, Missing
from agent.builtin.reader import Reader, Want
from agent.builtin.selection import begins_item, read_item, read_selection, settle_owners
from agent.builtin.signs import Kind

_FORM: tuple[Kind, ...] = (
    "what", "show", "be", "all", "it", "there", "filler", "also", "who", "that", "with", "have", "whose", "where",
    "prep", "only", "same", "than", "stop", "both", "either", "when", "information", "count", "distinct", "verb",
    "like", "by", "each", "bucket",
)  # fmt: skip


def read_question(reader: Reader) -> None:
    """Read a whole question."""
    _move_preamble(reader)
    if reader.sign("each", "by") and not reader.sign("what"):
        read_group(reader)
        while reader.sign("comma"):
            reader.at += 1
    read_selection(reader)
    read_clauses(reader)


def _move_preamble(reader: Reader) -> None:
    """`In 2025, how many orders …` is read as `how many orders … in 2025`."""
    first = reader.peek()
    if not first or not (first.sign("prep") or first.period) or first.is_noun:
        return
    commas = [n for n, piece in enumerate(reader.pieces) if piece.sign("comma")]
    if not commas:
        return
    comma = commas[0]
    after = reader.pieces[comma + 1] if comma + 1 < len(reader.pieces) else None
    if after and (after.sign("what", "show", "count", "who", "much") or after.is_noun):
        ends = [p for p in reader.pieces[comma + 1 :] if not p.sign("stop")]
        reader.pieces = (*ends, *reader.pieces[:comma])


def read_clauses(reader: Reader) -> None:
    """Apply the first rule that fits, until all pieces are read."""
    reader.rules = RULES
    reader.read_rest()


_VAGUE = frozenset(
    {
        "size", "amount", "value", "number", "count", "function", "level", "rate", "policy", "data", "figure",
        "quantity", "item", "entry", "record", "history", "usage", "resource", "degree",
    }
)  # fmt: skip


def skip_vague(reader: Reader) -> bool:
    """`enrollment size`, `phone number`: behind a column such a word says nothing new."""
    piece, before = reader.peek(), reader.peek(-1)
    if not piece or not before or piece.lemmas[:1] not in {(word,) for word in _VAGUE} or piece.number:
        return False
    if not any(ref.score > 0.9 and ref.kind != "value" for ref in before.refs):
        return False
    if any(ref.score > 0.8 for ref in piece.refs):
        return False
    reader.at += 1
    return True


def skip_in_all(reader: Reader) -> bool:
    """`in total`, `altogether`: a count or a sum is of all anyhow."""
    piece = reader.peek()
    if not piece or piece.text.lower() not in {
        "in total",
        "total",
        "overall",
        "combined",
        "altogether",
        "all together",
    }:
        return False
    if piece.is_noun or not any(want.counted or want.functions for want in reader.wants):
        return False
    reader.at += 1
    return True


def skip_consumed(reader: Reader) -> bool:
    """Pieces that were read ahead of their turn."""
    piece = reader.peek()
    if piece and piece.first in reader.consumed:
        reader.at += 1
        return True
    return False


def read_next_sentence(reader: Reader) -> bool:
    """`… List the first and last names.` says more exactly what is to be shown."""
    if not reader.sign("stop", "comma", "and") or not reader.sign("show", "what", ahead=1):
        return False
    stop = reader.sign("stop")
    adds = reader.sign("and") is not None
    if not stop and not reader.wants:
        return False
    if not stop and reader.sign("show", ahead=1) and not begins_item(reader, 2):
        return False
    reader.settle_column()
    reader.end_absence()
    reader.at += 1
    before, reader.wants = reader.wants, []
    focus = reader.focus
    reader.focus = reader.entity
    read_selection(reader)
    if not reader.wants:
        reader.wants = before
    elif adds:
        reader.wants = [*before, *reader.wants]
    reader.focus = focus
    return True


def read_negation(reader: Reader) -> bool:
    """`not`, `without`, `never`, `except`: turns the next condition round."""
    if not reader.sign("not", "except", "neither"):
        return False
    if reader.sign("except"):
        reader.settle_column()
        reader.end_absence()
        reader.focus = reader.entity
    reader.at += 1
    reader.negated = True
    return True


def read_joiner(reader: Reader) -> bool:
    """`and`, `or`, `but` and commas between conditions; `and the average age` shows more."""
    sign = reader.sign("and", "or", "but", "comma", "nor")
    piece = reader.peek()
    if not sign or (piece and piece.is_noun):
        return False
    reader.at += 1
    if sign.kind == "nor":
        reader.joiner = "and"
        reader.negated = True
        return True
    if sign.kind == "or":
        reader.joiner = "or"
        return True
    if reader.column is None or sign.kind == "but":
        reader.settle_column()
    if not _continues(reader):
        reader.end_absence()
        reader.negated = False
    return True


def _continues(reader: Reader) -> bool:
    """Whether a list of values goes on behind a comma."""
    piece = reader.peek()
    return piece is not None and bool(piece.values or piece.quoted or piece.sign("or", "and"))


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
    if not reader.sign("agg", "count"):
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
    column = reader.choose_column(want.piece.refs, want.owner) if want.piece and not want.table else want.col
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


def read_noun(reader: Reader) -> bool:
    """A table brings its rows in; a column waits for what it is compared with."""
    piece = reader.peek()
    if not piece or not piece.is_noun:
        return False
    best = reader.best_noun(piece)
    assert best is not None
    if _shown_beside(reader) or _costs(reader):
        return True
    with_ = _said_with(reader)
    reader.at += 1
    reader.scores.append(best.score)
    if best.kind == "table":
        _read_table(reader, best.table)
        return True
    reader.settle_column()
    column = reader.choose_column(piece.refs)
    assert column is not None
    if _read_supply(reader, column):
        return True
    _read_column(reader, column, with_)
    return True


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
    column = reader.find_property("price|cost|fee|amount", reader.base)
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
    if not before or not reader.schema.facts[column.table].is_measure(column.column):
        return False
    if before.text.lower() == "out of":
        reader.add(Compare(column, "=", 0))
    elif before.text.lower() in {"in", "on"} and not _compared_next(reader):
        reader.add(Compare(column, ">", 0))
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
    if reader.negated and table != reader.entity:
        reader.begin_absence(table)
        reader.focus = table
    elif reader.absence is not None and table != reader.entity:
        reader.absence.tables.append(table)
        reader.focus = table
    else:
        reader.mention(table)


def _read_column(reader: Reader, column: Col, with_: bool) -> None:
    facts = reader.schema.facts[column.table]
    if facts.is_boolean(column.column):
        reader.add(Compare(column, "=", True))
        return
    far = reader.entity is not None and reader.schema.to_many(reader.entity, column.table)
    if reader.negated and far and not _compared_next(reader):
        reader.begin_absence(column.table)
    if facts.is_date(column.column):
        if reader.negated and not _period_next(reader):
            reader.negated = False
            reader.add(Missing(column))
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


def skip_form(reader: Reader) -> bool:
    """Words of form that no rule needed; `whose` and `who` speak of the entity again."""
    piece = reader.peek()
    if not piece or not piece.sign(*_FORM):
        return False
    if piece.sign("verb", "like") and len(piece.signs) == 1 and not (_joins(reader) or reader.asks):
        return False
    reader.skipped.extend(sign.kind for sign in piece.signs[:1])
    if piece.sign("both"):
        reader.both = True
    if piece.sign("distinct"):
        reader.distinct = True
    if piece.sign("stop"):
        reader.settle_column()
        reader.end_absence()
    reader.at += 1
    return True


def _joins(reader: Reader) -> bool:
    """Whether a verb stands next to something it can join: `produced by the company`, `the company produced`."""
    ahead = 1
    while reader.sign(
        "prep", "all", "by", "be", "it", "that", "filler", "verb", "each", "distinct", ahead=ahead
    ):
        ahead += 1
    after, before = reader.peek(ahead), reader.peek(-1)
    joined = after is not None and (
        bool(after.refs or after.number or after.period or after.quoted)
        or after.sign("op", "sup", "common", "agg", "count", "between", "not") is not None
    )
    pronoun = before is not None and before.sign("it") is not None
    elsewhere = bool(reader.tables or reader.group)
    return joined or bool(before and (before.refs or before.quoted or pronoun) and elsewhere)


Rule = Callable[[Reader], bool]
RULES: tuple[Rule, ...] = (
    skip_consumed,
    skip_vague,
    skip_in_all,
    read_next_sentence,
    read_bucket,
    read_group,
    read_order,
    read_between,
    read_comparison,
    read_superlative,
    read_like,
    read_null,
    read_negation,
    read_period,
    read_value,
    read_number,
    read_quoted,
    read_more_wanted,
    read_joiner,
    read_noun,
    skip_form,
)

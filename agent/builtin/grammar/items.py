"""Read one thing to be shown: a count, an aggregate, a share, a superlative, or a plain noun."""

from dataclasses import replace

from agent.builtin.grammar.aggregates import read_functions
from agent.builtin.grammar.ahead import (
    BEFORE_ITEM,
    noun_at,
    noun_follows,
    says_of,
    sorts,
    summable,
    table_here,
)
from agent.builtin.grammar.choosing import best_noun
from agent.builtin.grammar.nouns import take_noun
from agent.builtin.grammar.reader import Reader, Top, Want
from agent.builtin.index import SHORTENED
from agent.builtin.pieces import Piece
from agent.builtin.plan import Function


def read_item(reader: Reader) -> bool:
    """Read one item to be shown; say whether there was one."""
    distinct = _skip_to_noun(reader)
    functions = read_functions(reader)
    distinct = _skip_to_noun(reader) or distinct
    if reader.done or reader.sign("stop"):
        return _wanted_nothing(reader, functions)
    for read in (
        _read_information,
        _read_share,
        _read_count,
        _read_much,
        _read_bucket,
        _read_top,
        _read_limit,
        _read_adjective,
    ):
        if read(reader, functions, distinct):
            return True
    return _read_noun(reader, functions, distinct)


def _wanted_nothing(reader: Reader, functions: tuple[Function, ...]) -> bool:
    """`total` or `average` with nothing behind it may be the name of a column."""
    piece = reader.peek(-1)
    if functions and reader.context:
        # `and the maximum?` is that of what the last plan measured.
        reader.wants.append(Want(functions=functions))
    elif functions and piece and piece.is_noun:
        reader.wants.append(Want(piece))
    return False


def _skip_to_noun(reader: Reader) -> bool:
    distinct = False
    while (piece := reader.peek()) and not (piece.is_noun and not piece.sign("all", "it")):
        if piece.sign("distinct"):
            distinct = True
        elif not (piece.sign(*BEFORE_ITEM) or says_of(piece) or piece.text.lower() in {"every", "each"}):
            break
        reader.at += 1
    return distinct


def _read_information(reader: Reader, functions: tuple[Function, ...], distinct: bool) -> bool:
    piece = reader.peek()
    if not piece or not piece.sign("information") or (piece.is_noun and piece.refs[0].score > 0.9):
        return False
    reader.at += 1
    while reader.sign("prep", "all", "each", "that", "where") and not noun_at(reader):
        reader.at += 1
    _skip_values_before_noun(reader)
    table = table_here(reader)
    reader.wants.append(Want(piece, table=table, everything=True))
    if table:
        reader.at += 1
    return True


def _read_share(reader: Reader, functions: tuple[Function, ...], distinct: bool) -> bool:
    """`what percentage of orders were cancelled`: the conditions that follow say which part is meant."""
    piece = reader.peek()
    if not reader.sign("share") or (piece and piece.is_noun and piece.refs[0].score > 0.9):
        return False
    reader.at += 1
    _skip_to_noun(reader)
    _skip_values_before_noun(reader)
    table = table_here(reader)
    reader.wants.append(Want(reader.peek(), table=table, owner=table, share=True))
    if table:
        reader.at += 1
    return True


def _read_count(reader: Reader, functions: tuple[Function, ...], distinct: bool) -> bool:
    """`how many singers`, `number of different countries`."""
    if not reader.sign("count") or (noun_at(reader) and not noun_follows(reader, 1)):
        return False
    said = reader.peek()
    distinct = distinct or "different" in (said.text if said else "")
    reader.at += 1
    distinct = _skip_to_noun(reader) or distinct
    _skip_values_before_noun(reader)
    piece = reader.peek()
    if piece and piece.is_noun:
        take_noun(reader, Want(counted=True, functions=functions, distinct=distinct))
    else:
        reader.wants.append(Want(counted=True, functions=functions, distinct=distinct))
    return True


def _skip_values_before_noun(reader: Reader) -> None:
    """Adjectives that are stored values stand before what they describe: `vip customers`."""
    if (piece := reader.peek()) and piece.lemmas == ("new",) and (noun := reader.peek(1)) and noun.tables:
        # `new customers` are those of the period.
        reader.at += 1
    while (piece := reader.peek()) and _is_adjective(reader, piece) and noun_follows(reader, 1):
        reader.pending_values.append(piece)
        reader.at += 1


def _is_adjective(reader: Reader, piece: Piece) -> bool:
    """A stored value that is no name, or a column that says yes or no."""
    if piece.values and not piece.is_noun and not piece.signs:
        return True
    best = best_noun(reader, piece)
    return bool(
        best and best.column and best.score > 0.9 and reader.schema.facts[best.table].is_boolean(best.column)
    )


def _read_much(reader: Reader, functions: tuple[Function, ...], distinct: bool) -> bool:
    """`how much revenue`, `how much did customers spend`: a sum of what can be summed."""
    if not reader.sign("much"):
        return False
    reader.at += 1
    ahead = 0
    while (piece := reader.peek(ahead)) and not (piece.is_noun and summable(reader, piece)):
        if piece.sign("stop"):
            break
        ahead += 1
    if piece is None or not piece.is_noun:
        return True
    reader.wants.append(Want(piece, functions=("sum",)))
    if ahead == 0:
        reader.at += 1
    else:
        reader.consumed.add(piece.first)
    return True


def _read_bucket(reader: Reader, functions: tuple[Function, ...], distinct: bool) -> bool:
    """`which month …`: a unit of the calendar that no column is named after."""
    sign = reader.sign("bucket")
    piece = reader.peek()
    if not sign or not piece or any(ref.score > 0.9 for ref in piece.columns):
        return False
    reader.at += 1
    reader.bucket = sign.arg
    # `monthly revenue` goes on, `which month` does not.
    return sign.about == "unit" or read_item(reader)


def _read_top(reader: Reader, functions: tuple[Function, ...], distinct: bool) -> bool:
    """`the oldest customer`, `top 5 products`, `the most common status`, `highest price`."""
    sign = reader.sign("sup", "common")
    following = reader.peek(1)
    if not sign or (following and following.text.lower() == "first"):
        return False
    descending = sign.arg == "desc"
    reader.at += 1
    number = reader.peek()
    limit = int(number.number.value) if number and number.number and not number.is_noun else None
    if limit is not None:
        reader.at += 1
        reader.skip("sup", "common") if not sign.about else None
    if sign.kind == "common":
        reader.top = Top(descending, limit or 1, about="common")
        return read_item(reader)
    _skip_to_noun(reader)
    piece = reader.peek()
    measured = not sign.about and piece is not None and piece.is_noun and summable(reader, piece)
    if measured and (limit is not None or reader.several):
        # `the 5 largest refunds`
        reader.top = Top(descending, limit or 0, about="shown")
        return _read_noun(reader, functions, distinct)
    if measured:
        function: Function = "max" if descending else "min"
        return _read_noun(reader, (*functions, function), distinct)
    reader.top = Top(descending, limit or (0 if piece and piece.plural else 1), sign.about)
    return read_item(reader)


def _read_limit(reader: Reader, functions: tuple[Function, ...], distinct: bool) -> bool:
    """`5 customers`, `3 most expensive products`."""
    piece = reader.peek()
    if not piece or not piece.number or piece.is_noun:
        return False
    if not (noun_follows(reader, 1) or reader.sign("sup", "common", ahead=1)):
        return False
    noun = reader.peek(1)
    best = best_noun(reader, noun) if noun and noun.is_noun else None
    if best and best.column and reader.schema.facts[best.table].is_measure(best.column):
        # `5 stars` is a rating, not the first five.
        return False
    limit = int(piece.number.value)
    reader.at += 1
    reader.several = True
    found = read_item(reader)
    reader.several = False
    if reader.top and not reader.top.settled:
        reader.top = replace(reader.top, limit=limit)
    elif not reader.wants or not reader.wants[-1].counted:
        reader.limit = limit
    return found


def _read_adjective(reader: Reader, functions: tuple[Function, ...], distinct: bool) -> bool:
    """`vip customers`: the value is kept until its noun is known."""
    before = len(reader.pending_values)
    _skip_values_before_noun(reader)
    return len(reader.pending_values) > before and read_item(reader)


def _says_when(reader: Reader, piece: Piece) -> bool:
    best = best_noun(reader, piece)
    dated = best is not None and best.column and reader.schema.facts[best.table].is_date(best.column)
    return bool(dated) and piece.text.endswith("ed")


def _read_noun(reader: Reader, functions: tuple[Function, ...], distinct: bool) -> bool:
    piece = reader.peek()
    if not piece or not piece.is_noun or piece.sign("by", "each") or sorts(reader, 0):
        return False
    if reader.asks == "person" and not reader.wants and _says_when(reader, piece):
        # `who started in 2024` asks for people, and not for when they did.
        return False
    if piece.lemmas in {("number",), ("count",)} and piece.refs[0].score <= SHORTENED:
        # `list the type and the number`
        reader.at += 1
        reader.wants.append(Want(counted=True, distinct=distinct))
        return True
    take_noun(reader, Want(functions=functions, distinct=distinct))
    return True

"""Read one thing to be shown: a count, an aggregate, a share, a superlative, or a plain noun."""

from dataclasses import replace

from agent.builtin.grammar.column_owners import settle_owners
from agent.builtin.grammar.column_resolution import best_noun, choose_column
from agent.builtin.grammar.lookahead import (
    BEFORE_ITEM,
    begins_item,
    noun_at,
    noun_follows,
    says_of,
    sorts,
    summable,
    table_here,
)
from agent.builtin.grammar.nouns import take_noun
from agent.builtin.grammar.state import Reader, Top, Want
from agent.builtin.lexicon.function_words import Sign
from agent.builtin.linking.name_index import SHORTENED
from agent.builtin.linking.spans import Piece
from agent.builtin.plan.model import Compare, Function, Measure

_EXTREMES = {"desc": "max", "asc": "min"}


def read_functions(reader: Reader) -> tuple[Function, ...]:
    """`average`, or `minimum, maximum and average`; not where the word is a column by itself."""
    found: list[Function] = []
    start = reader.at
    while sign := reader.sign("agg") or _extreme_beside(reader, bool(found)):
        piece = reader.peek()
        if piece and piece.is_noun and not noun_follows(reader, 1):
            break
        found.append(_EXTREMES.get(sign.arg, sign.arg))  # type: ignore[arg-type]  # the lexicon has only functions
        reader.at += 1
        ahead = 0
        while reader.sign("comma", "and", "all", ahead=ahead):
            ahead += 1
        if reader.sign("agg", "sup", ahead=ahead):
            reader.at += ahead
    if not found:
        reader.at = start
    return tuple(found)


def _extreme_beside(reader: Reader, begun: bool) -> Sign | None:
    """`highest and average price`: beside an aggregate a superlative is one too."""
    sign = reader.sign("sup")
    if not sign or (sign.about and not _of_its_property(reader, sign)):
        return None
    if begun:
        return sign
    ahead = 1
    while reader.sign("and", "comma", "all", ahead=ahead):
        ahead += 1
    before = reader.peek(-1)
    beside = ahead > 1 and reader.sign("agg", "sup", ahead=ahead)
    after = before is not None and before.sign("and", "comma", "agg") and reader.wants == [] and reader.at > 1
    return sign if beside or after else None


def _of_its_property(reader: Reader, sign: Sign) -> bool:
    """`the cheapest and the most expensive price` are two prices, and no products."""
    ahead = 1
    while reader.sign("and", "comma", "all", "sup", "agg", ahead=ahead):
        ahead += 1
    noun = reader.peek(ahead)
    return noun is not None and " ".join(noun.lemmas) in sign.about.split("|")


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

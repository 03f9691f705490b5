"""Read what is to be shown: the first part of a question, up to where its conditions begin."""

from dataclasses import replace

from agent.builtin.index import SHORTENED, Ref
from agent.builtin.pieces import Piece
from agent.builtin.plan import Col, Function
from agent.builtin.reader import Reader, Top, Want
from agent.builtin.signs import Kind, Sign

_OPENERS: tuple[Kind, ...] = (
    "show", "what", "who", "be", "all", "it", "there", "filler", "stop", "also", "comma", "only",
)  # fmt: skip
_EXTREMES = {"desc": "max", "asc": "min"}
_BEFORE_ITEM: tuple[Kind, ...] = ("all", "it", "also", "filler", "be", "show", "both", "there")


def read_selection(reader: Reader) -> None:
    """Read all items of the selection into `reader.wants`."""
    skip_openers(reader)
    while not reader.done and read_item(reader):
        ahead = _joined_item(reader)
        if not ahead:
            break
        reader.at += ahead
    settle_owners(reader)


def skip_openers(reader: Reader) -> None:
    """Pass over `please show me what are the …`."""
    if reader.at == 0 and reader.sign("that") and not _noun_at(reader):
        reader.at += 1
    if reader.at == 0 and reader.sign("who"):
        reader.asks = "person"
    if reader.at == 0 and reader.sign("compare"):
        reader.compares = True
        reader.at += 1
    if reader.at == 0 and (sign := reader.sign("when", "where")):
        reader.asks = "date" if sign.kind == "when" else "place"
        reader.at += 1
    while (
        (piece := reader.peek()) and piece.sign(*_OPENERS, "direction") and not _is_noun_here(reader, piece)
    ):
        if sign := piece.sign("direction"):
            reader.direction = sign.arg
        reader.at += 1


def _is_noun_here(reader: Reader, piece: Piece) -> bool:
    """Whether a piece that may be form is a name all the same: `names` after `the`."""
    if not piece.is_noun:
        return False
    sign = piece.sign("show")
    if sign and reader.at == 0:
        return False
    return max(ref.score for ref in piece.refs) >= 0.6


def _joined_item(reader: Reader) -> int:
    """How many pieces to pass over to reach the next item; 0 when the selection ends here."""
    ahead = vague = _vague_ahead(reader)
    while (piece := reader.peek(ahead)) and piece.sign("comma", "and"):
        ahead += 1
    if ahead == vague:
        return 0
    return ahead if begins_item(reader, ahead) else 0


def _vague_ahead(reader: Reader) -> int:
    """`creation year`, `price value`: behind a column such a word says nothing new."""
    piece = reader.peek()
    weak = max((ref.score for ref in piece.refs), default=0.0) < 0.9 if piece else False
    return (
        1
        if piece and weak and piece.lemmas in {("year",), ("date",), ("value",), ("amount",), ("number",)}
        else 0
    )


def begins_item(reader: Reader, ahead: int) -> bool:
    """Whether an item to be shown, and not a condition, begins at a piece ahead."""
    while (piece := reader.peek(ahead)) and piece.sign(*_BEFORE_ITEM, "distinct") and not piece.is_noun:
        ahead += 1
    if piece is None:
        return False
    if piece.sign("agg", "count", "share"):
        return not _compared(reader, ahead + 1)
    if piece.sign("information"):
        return True
    return piece.is_noun and not _sorts(reader, ahead) and not _compared(reader, ahead)


def _sorts(reader: Reader, ahead: int) -> bool:
    """Whether a word such as `rank` begins an order here, and is not the name of a column."""
    piece = reader.peek(ahead)
    if piece is None or not piece.sign("order"):
        return False
    return (
        bool(reader.sign("by", ahead=ahead + 1)) or max((ref.score for ref in piece.refs), default=0.0) < 0.9
    )


def _compared(reader: Reader, ahead: int) -> bool:
    """Whether the noun ahead is compared with something: then it is a condition."""
    while (piece := reader.peek(ahead)) and piece.sign("all", "prep") and not piece.is_noun:
        ahead += 1
    following = reader.peek(ahead + 1)
    if following is None:
        return False
    if (
        following.sign("op", "between", "like")
        or following.quoted
        or (following.number and not following.is_noun)
    ):
        return True
    after = reader.peek(ahead + 2)
    linked = following.sign("be", "not") is not None
    return (
        linked
        and after is not None
        and bool(
            after.sign("op", "between", "like", "not", "null") or after.number or after.values or after.quoted
        )
    )


def read_item(reader: Reader) -> bool:
    """Read one item to be shown; say whether there was one."""
    distinct = _skip_to_noun(reader)
    functions = _read_functions(reader)
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
        elif not (piece.sign(*_BEFORE_ITEM) or _of(piece) or piece.text.lower() in {"every", "each"}):
            break
        reader.at += 1
    return distinct


def _of(piece: Piece) -> bool:
    return any(sign.kind == "prep" and sign.arg in {"of", "for"} for sign in piece.signs)


def _read_functions(reader: Reader) -> tuple[Function, ...]:
    """`average`, or `minimum, maximum and average`; not where the word is a column by itself."""
    found: list[Function] = []
    start = reader.at
    while sign := reader.sign("agg") or _extreme_beside(reader):
        piece = reader.peek()
        if piece and piece.is_noun and not _noun_follows(reader, 1):
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


def _extreme_beside(reader: Reader) -> Sign | None:
    """`highest and average price`: beside an aggregate a superlative is one too."""
    sign = reader.sign("sup")
    if not sign or sign.about:
        return None
    ahead = 1
    while reader.sign("and", "comma", "all", ahead=ahead):
        ahead += 1
    before = reader.peek(-1)
    beside = ahead > 1 and reader.sign("agg", "sup", ahead=ahead)
    after = before is not None and before.sign("and", "comma", "agg") and reader.wants == [] and reader.at > 1
    return sign if beside or after else None


def _noun_follows(reader: Reader, ahead: int) -> bool:
    while (piece := reader.peek(ahead)) and piece.sign(
        "all", "prep", "it", "agg", "and", "comma", "distinct", "filler"
    ):
        if piece.is_noun:
            return True
        ahead += 1
    return piece is not None and (piece.is_noun or piece.sign("count") is not None)


def _read_information(reader: Reader, functions: tuple[Function, ...], distinct: bool) -> bool:
    piece = reader.peek()
    if not piece or not piece.sign("information") or (piece.is_noun and piece.refs[0].score > 0.9):
        return False
    reader.at += 1
    while reader.sign("prep", "all", "each", "that", "where") and not _noun_at(reader):
        reader.at += 1
    _skip_values_before_noun(reader)
    table = _table_here(reader)
    reader.wants.append(Want(piece, table=table, everything=True))
    if table:
        reader.at += 1
    return True


def _noun_at(reader: Reader) -> bool:
    piece = reader.peek()
    return bool(piece and piece.is_noun and max(ref.score for ref in piece.refs) > 0.85)


def _table_here(reader: Reader) -> str | None:
    piece = reader.peek()
    if not piece or not piece.is_noun:
        return None
    best = reader.best_noun(piece)
    return best.table if best and best.kind == "table" else None


def _read_share(reader: Reader, functions: tuple[Function, ...], distinct: bool) -> bool:
    """`what percentage of orders were cancelled`: the conditions that follow say which part is meant."""
    piece = reader.peek()
    if not reader.sign("share") or (piece and piece.is_noun and piece.refs[0].score > 0.9):
        return False
    reader.at += 1
    _skip_to_noun(reader)
    _skip_values_before_noun(reader)
    table = _table_here(reader)
    reader.wants.append(Want(reader.peek(), table=table, owner=table, share=True))
    if table:
        reader.at += 1
    return True


def _read_count(reader: Reader, functions: tuple[Function, ...], distinct: bool) -> bool:
    """`how many singers`, `number of different countries`."""
    if not reader.sign("count") or (_noun_at(reader) and not _noun_follows(reader, 1)):
        return False
    said = reader.peek()
    distinct = distinct or "different" in (said.text if said else "")
    reader.at += 1
    distinct = _skip_to_noun(reader) or distinct
    _skip_values_before_noun(reader)
    piece = reader.peek()
    if piece and piece.is_noun:
        _take_noun(reader, Want(counted=True, functions=functions, distinct=distinct))
    else:
        reader.wants.append(Want(counted=True, functions=functions, distinct=distinct))
    return True


def _skip_values_before_noun(reader: Reader) -> None:
    """Adjectives that are stored values stand before what they describe: `vip customers`."""
    if (piece := reader.peek()) and piece.lemmas == ("new",) and (noun := reader.peek(1)) and noun.tables:
        # `new customers` are those of the period.
        reader.at += 1
    while (piece := reader.peek()) and _is_adjective(reader, piece) and _noun_follows(reader, 1):
        reader.pending_values.append(piece)
        reader.at += 1


def _is_adjective(reader: Reader, piece: Piece) -> bool:
    """A stored value that is no name, or a column that says yes or no."""
    if piece.values and not piece.is_noun and not piece.signs:
        return True
    best = reader.best_noun(piece)
    return bool(
        best and best.column and best.score > 0.9 and reader.schema.facts[best.table].is_boolean(best.column)
    )


def _read_much(reader: Reader, functions: tuple[Function, ...], distinct: bool) -> bool:
    """`how much revenue`, `how much did customers spend`: a sum of what can be summed."""
    if not reader.sign("much"):
        return False
    reader.at += 1
    ahead = 0
    while (piece := reader.peek(ahead)) and not (piece.is_noun and _summable(reader, piece)):
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


def _summable(reader: Reader, piece: Piece) -> bool:
    return any(
        ref.column and ref.score > 0.75 and reader.schema.facts[ref.table].is_measure(ref.column)
        for ref in piece.columns
    )


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
    """`the oldest customer`, `top 5 products`, `3 cheapest rooms`, `the most common status`, `highest price`."""
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
    measured = not sign.about and piece is not None and piece.is_noun and _summable(reader, piece)
    if measured and (limit is not None or reader.several):
        # `the 5 largest refunds`
        reader.top = Top(descending, limit or 0, item=None)
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
    if not (_noun_follows(reader, 1) or reader.sign("sup", "common", ahead=1)):
        return False
    noun = reader.peek(1)
    best = reader.best_noun(noun) if noun and noun.is_noun else None
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


def _read_noun(reader: Reader, functions: tuple[Function, ...], distinct: bool) -> bool:
    piece = reader.peek()
    if not piece or not piece.is_noun or piece.sign("by", "each") or _sorts(reader, 0):
        return False
    if piece.lemmas in {("number",), ("count",)} and piece.refs[0].score <= SHORTENED:
        # `list the type and the number`
        reader.at += 1
        reader.wants.append(Want(counted=True, distinct=distinct))
        return True
    _take_noun(reader, Want(functions=functions, distinct=distinct))
    return True


def _take_noun(reader: Reader, want: Want) -> None:
    """Take the noun at hand with what belongs to it: `singer names`, `the singer's name`, `name of the singer`."""
    piece = reader.peek()
    assert piece is not None
    best = reader.best_noun(piece)
    if want.functions and not want.counted and best and best.kind == "table" and _summable(reader, piece):
        best = None
    reader.at += 1
    following = reader.peek()
    possessive = bool(reader.sign("prep") and reader.sign("prep").arg == "has")  # type: ignore[union-attr]
    if best and best.kind == "table" and following:
        noun = reader.peek(1) if possessive else following
        dated = (
            noun is not None
            and want.counted
            and any(_is_date(reader, ref, best.table) for ref in noun.columns[:1])
        )
        if noun and not dated and _belongs(reader, noun, best.table, 1 + possessive):
            reader.at += 2 if possessive else 1
            reader.scores.append(best.score)
            reader.wants.append(replace(want, piece=noun, owner=best.table))
            _read_owner(reader)
            return
    if best and want.functions and following and _measured_elsewhere(reader, following):
        reader.at += 1
        reader.wants.append(replace(want, piece=following))
        _read_owner(reader)
        return
    if best and best.kind == "table":
        reader.scores.append(best.score)
        reader.wants.append(replace(want, piece=piece, table=best.table, owner=best.table))
    else:
        reader.wants.append(replace(want, piece=piece))
    _read_owner(reader)


def _measured_elsewhere(reader: Reader, piece: Piece) -> bool:
    """`average song duration`, where another table says how long songs are."""
    return bool(
        piece.columns and piece.refs[0].kind == "column" and piece.refs[0].score > 0.9 and not piece.signs
    )


def _belongs(reader: Reader, noun: Piece, table: str, ahead: int) -> bool:
    """Whether the noun behind a table is a column of it that is shown, and not the start of a condition."""
    if not noun.is_noun or noun.sign("order", "by", "and", "op") or not _column_of(reader, noun, table):
        return False
    if _compared(reader, ahead - 1) or noun.values:
        return False
    while reader.sign("prep", "all", ahead=ahead):
        ahead += 1
    after = reader.peek(ahead)
    return not (after and after.period and any(_is_date(reader, ref, table) for ref in noun.columns))


def _is_date(reader: Reader, ref: Ref, table: str) -> bool:
    return ref.table == table and ref.column is not None and reader.schema.facts[table].is_date(ref.column)


def _column_of(reader: Reader, piece: Piece, table: str) -> bool:
    facts = reader.schema.facts[table]
    own = [ref for ref in piece.columns if ref.table == table and ref.score >= 0.5]
    own = [ref for ref in own if not facts.is_boolean(ref.column or "")]
    tables = [ref for ref in piece.tables if ref.score >= 0.95 and ref.table != table]
    return bool(own) and (not tables or own[0].score >= 0.95)


def _read_owner(reader: Reader) -> None:
    """`… of the singers`: the table whose columns were named."""
    sign = reader.sign("prep")
    if not sign or sign.arg not in {"of", "for"}:
        return
    ahead = 1
    while (piece := reader.peek(ahead)) and piece.sign("all", "it", "distinct", "both") and not piece.is_noun:
        ahead += 1
    adjectives = []
    while (
        piece and piece.values and not piece.is_noun and (after := reader.peek(ahead + 1)) and after.is_noun
    ):
        adjectives.append(piece)
        ahead += 1
        piece = after
    if not piece or not piece.is_noun or piece.sign("each"):
        return
    best = reader.best_noun(piece)
    if not best or best.kind != "table" or best.score < 0.6:
        return
    following = reader.peek(ahead + 1)
    if (
        following
        and following.is_noun
        and _column_of(reader, following, best.table)
        and not following.sign("and", "op")
    ):
        return
    reader.pending_values.extend(adjectives)
    reader.at += ahead + 1
    reader.scores.append(best.score)
    want = reader.wants[-1]
    if want.counted and want.table:
        reader.mention(best.table)
        return
    reader.wants[-1] = replace(want, owner=best.table, table=want.table if want.counted else None)
    if want.table and not want.counted:
        # `the orders of the customers`: both are meant, the first is shown.
        reader.wants[-1] = replace(want, owner=want.table)
        reader.mention(best.table)


def settle_owners(reader: Reader) -> None:
    """`name and age of the singers`: an owner belongs to all columns before it; then choose the columns."""
    _own_whole_phrases(reader)
    told = [want.owner is not None for want in reader.wants]
    owner: str | None = None
    for number in range(len(reader.wants) - 1, -1, -1):
        want = reader.wants[number]
        if want.owner:
            # `name and number of singers`: what is counted says nothing of the name's owner.
            owner = owner if want.counted else want.owner
        elif owner and not want.table:
            reader.wants[number] = replace(want, owner=owner)
    if reader.entity is None:
        reader.entity = _entity(reader)
    if reader.asks == "person":
        _ask_for_people(reader)
    reader.focus = reader.focus or reader.entity
    _spread_functions(reader)
    for number, want in enumerate(reader.wants):
        if want.piece and not want.table and want.col is None and not want.everything:
            lemmas = want.piece.lemmas if told[number] else ()
            col = reader.choose_column(want.piece.refs, want.owner, lemmas)
            reader.wants[number] = replace(want, col=col)


def _ask_for_people(reader: Reader) -> None:
    """`who returned the most` asks for customers, where only they have first and last names."""
    tables = [table for table, facts in reader.schema.facts.items() if len(facts.display) > 1]
    wanted = [want.table for want in reader.wants if want.table]
    start = reader.entity or next(iter(reader.named_tables()), None)
    if not tables or start is None or start in tables or any(want.col for want in reader.wants):
        return
    if (
        wanted
        and wanted[0] not in tables
        and reader.schema.facts[wanted[0]].display != reader.schema.facts[wanted[0]].table.primary_key
    ):
        return
    person = min(tables, key=lambda table: reader.schema.graph.distance(start, table))
    reader.wants = [Want(table=person, owner=person)]
    reader.entity = reader.focus = person
    for table in wanted:
        reader.mention(table)


def _own_whole_phrases(reader: Reader) -> None:
    """`address of the department` may be the name of one column, whose table then owns what stands beside it."""
    for number, want in enumerate(reader.wants):
        refs = want.piece.columns if want.piece and not want.owner and not want.table else ()
        if want.piece and refs and "of" in want.piece.lemmas and refs[0].score > 0.9:
            tables = {ref.table for ref in refs if ref.score == refs[0].score}
            spoken = [t for t in tables if set(reader.schema.names.table_words[t]) <= set(want.piece.lemmas)]
            if len(tables) == 1 or len(spoken) == 1:
                reader.wants[number] = replace(want, owner=(spoken or list(tables))[0])


def _spread_functions(reader: Reader) -> None:
    """`average price and cost`: what is measured beside an aggregate is aggregated, too."""
    for number in range(1, len(reader.wants)):
        before, want = reader.wants[number - 1], reader.wants[number]
        plain = not (
            want.functions or want.counted or want.table or want.item or want.everything or want.share
        )
        if plain and before.functions and not before.counted and want.piece and _summable(reader, want.piece):
            reader.wants[number] = replace(want, functions=before.functions)


def _entity(reader: Reader) -> str | None:
    """The table that the question is about."""
    owners = [want.owner or want.table for want in reader.wants if want.owner or want.table]
    if owners:
        return owners[0]
    named = reader.named_tables()
    pieces = [want.piece for want in reader.wants if want.piece]
    if pieces:
        tables = {ref.table for ref in pieces[0].columns}
        for table in named:
            if table in tables:
                return table
        best: Col | None = reader.choose_column(pieces[0].refs, named[0] if named else None)
        return best.table if best else None
    if named:
        return named[0]
    stored = [ref for piece in reader.pieces for ref in piece.values if ref.score > 0.9]
    return stored[0].table if stored and reader.asks else None

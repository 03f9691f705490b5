"""Read conditions: a column compared with a number, a value, a period, or the average of its kind."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from agent.builtin.grouping import adds_up, shows_category
from agent.builtin.index import Ref
from agent.builtin.periods import Period
from agent.builtin.pieces import Piece
from agent.builtin.plan import (
    AnyOf,
    Between,
    Bucket,
    Col,
    Compare,
    Comparison,
    Condition,
    During,
    Function,
    Measure,
    Member,
    Missing,
    OneOf,
    Plan,
    Scalar,
    Unit,
)
from agent.builtin.reader import Reader, Want
from agent.builtin.schema import truth
from agent.builtin.signs import Sign
from agent.builtin.walk import columns_of
from store.catalog import Column

_MONEY = frozenset({"euro", "euros", "eur", "dollar", "dollars", "usd", "pounds", "gbp", "bucks"})
_MONEY_WORDS = frozenset({"price", "total", "amount", "cost", "salary", "fee", "budget", "balance", "value"})
_LIKE = {"contains": "%{}%", "starts": "{}%", "ends": "%{}"}


def read_comparison(reader: Reader) -> bool:
    """`more than 3 albums`, `at least 20`, `older than 30`, `above the average`, `above the average price`."""
    sign = reader.sign("op")
    piece = reader.peek()
    if not sign or not piece:
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
    op: Comparison = sign.arg  # type: ignore[assignment]  # the lexicon has only comparisons
    if reader.sign("agg"):
        return _with_aggregate(reader, op, sign.about)
    if _than_any(reader):
        return _with_extreme(reader, op)
    operand = reader.peek()
    if operand and operand.number:
        reader.at += 1
        _with_number(reader, op, operand.number.value, sign.about)
        return True
    if operand and operand.period:
        return False
    if operand and operand.columns and operand.is_noun:
        left = reader.column or _property(reader, sign.about)
        right = reader.choose_column(operand.refs)
        reader.at += 1
        if left and right and left != right:
            reader.add(Compare(left, op, right))
            reader.column = None
        return True
    return _with_value(reader, op, sign.about)


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
    column = reader.column or _property(reader, sign.about) or own
    if column is None:
        return False
    reader.at += 2
    reader.leaned = True
    reader.column = None
    reader.add(Compare(column, sign.arg, plan))  # type: ignore[arg-type]  # the lexicon has only comparisons
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
        said and said.text.lower() in {"any", "all", "every", "all the", "all of"} and noun and noun.is_noun
    )


def _with_extreme(reader: Reader, op: Comparison) -> bool:
    """Greater than all is greater than the greatest."""
    reader.at += 1
    noun = reader.peek()
    found = reader.choose_column(noun.refs) if noun and noun.columns else None
    best = reader.best_noun(noun) if noun else None
    column = reader.column or (found if best and best.kind == "column" else None)
    if column is None:
        return False
    reader.at += 1
    reader.column = None
    inner = _conditions_within(reader, column.table)
    function: Function = "max" if op in {">", ">="} else "min"
    reader.add(Compare(column, op, inner.with_(show=(Measure(function, column),))))
    return True


def _with_aggregate(reader: Reader, op: Comparison, about: str) -> bool:
    """`above the average (price) (of all products)`."""
    sign = reader.sign("agg")
    assert sign is not None
    function: Function = sign.arg  # type: ignore[assignment]  # the lexicon has only functions
    reader.at += 1
    reader.skip("all", "prep", "it")
    piece = reader.peek()
    column = reader.column or _property(reader, about)
    if piece and piece.columns and piece.is_noun and not piece.tables:
        found = reader.choose_column(piece.refs, column.table if column else None)
        column = found if column is None or (found and found.table == column.table) else column
        reader.at += 1
    elif piece and piece.tables and reader.base == piece.tables[0].table:
        reader.at += 1
    if column is None:
        return False
    reader.column = None
    inner = _conditions_within(reader, column.table)
    reader.add(Compare(column, op, inner.with_(show=(Measure(function, column),))))
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
    reader.at = end
    reader.unplaced.extend(inner.unplaced)
    return Plan(table, (), where=tuple(inner.where), tables=tuple(inner.tables))


def replace_reader(reader: Reader, pieces: Sequence[Piece], table: str) -> Reader:
    """A reader of some of the pieces, about another table."""
    return replace(Reader(pieces, reader.schema, reader.today, entity=table, focus=table), rules=reader.rules)


def _with_number(reader: Reader, op: Comparison, number: int | float, about: str) -> None:
    """A number that was compared: with what follows it, with the column before it, or with a property."""
    piece = reader.peek()
    if (
        piece
        and piece.text.lower() in {"times", "time"}
        and reader.date
        and reader.date.table != reader.entity
    ):
        # `who ordered more than 10 times`
        reader.at += 1
        reader.column = None
        reader.having.append(Compare(Measure("count", of=reader.date.table), op, number))
        return
    if piece and piece.is_noun and (not reader.column or not _measures(reader, reader.column)):
        best = reader.best_noun(piece)
        if best and _counted(reader, best):
            reader.at += 1
            if op == "=" and number == 0:
                reader.begin_absence(best.table)
                reader.focus = best.table
                return
            reader.having.append(Compare(Measure("count", of=best.table), op, number))
            reader.mention(best.table)
            reader.focus = reader.entity
            return
        if (
            best
            and best.kind == "column"
            and best.column
            and reader.schema.facts[best.table].is_number(best.column)
        ):
            reader.at += 1
            reader.scores.append(best.score)
            compare(reader, reader.choose_column(piece.refs) or Col(best.table, best.column), op, number)
            return
    column = reader.column or _property(reader, about)
    if column is None and (counted := _measured_groups(reader)):
        reader.having.append(Compare(counted, op, number))
        return
    column = column or _by_unit(reader, piece)
    if column is None:
        reader.unplaced.append(f"{op} {number}")
        return
    if piece and piece.is_noun and piece.columns and column in _cols(piece):
        reader.at += 1
    compare(reader, column, op, number)


def _measures(reader: Reader, column: Col) -> bool:
    return reader.schema.facts[column.table].is_measure(column.column)


def _measured_groups(reader: Reader) -> Measure | None:
    """`only those with more than 15`: the groups of the last plan, by what it measured."""
    if reader.context is None or not reader.context.group:
        return None
    return next((item for item in reader.context.show if isinstance(item, Measure)), None)


def _cols(piece: Piece) -> list[Col]:
    return [Col(ref.table, ref.column) for ref in piece.columns if ref.column]


def _counted(reader: Reader, best: Ref) -> bool:
    """Whether rows of the noun's table are counted for each row of the entity."""
    if best.kind != "table" or reader.entity is None:
        return False
    return best.table != reader.entity or bool(reader.group) or shows_category(reader)


def _property(reader: Reader, about: str) -> Col | None:
    """The column that a degree is about: `older` is about an age or a date of birth."""
    if not about:
        return None
    for table in dict.fromkeys(filter(None, (reader.focus, reader.entity, *reader.tables))):
        if found := reader.find_property(about, table):
            return found
    return None


def _by_unit(reader: Reader, piece: Piece | None) -> Col | None:
    """A number without a column means the only thing that can be measured here, if there is only one."""
    if reader.base is None:
        return None
    facts = reader.schema.facts[reader.base]
    measures = [c.name for c in facts.table.columns if facts.is_measure(c.name) and not facts.is_year(c.name)]
    if piece and piece.text.lower() in _MONEY or _money_said(reader):
        money = [name for name in measures if _MONEY_WORDS & set(facts.words_of(name)) or facts.unit(name)]
        # What people pay is named before what is paid for them.
        measures = sorted(
            money, key=lambda name: not {"price", "total", "amount"} & set(facts.words_of(name))
        )[:1]
    reader.guesses += 1
    return Col(reader.base, measures[0]) if len(measures) == 1 else None


def _money_said(reader: Reader) -> bool:
    before = reader.peek(-1)
    return bool(before and before.text[:1] in "$€£")


def compare(reader: Reader, column: Col, op: Comparison, number: int | float) -> None:
    """Compare a column with a number; a date of birth is compared with the day so many years ago."""
    facts = reader.schema.facts[column.table]
    reader.column = None
    if not facts.is_date(column.column):
        postop = reader.sign("postop")
        if postop:
            reader.at += 1
            op = postop.arg  # type: ignore[assignment]  # the lexicon has only comparisons
        reader.add(Compare(column, op, number))
        return
    if isinstance(number, int) and 1000 <= number <= 2100:
        reader.add(Compare(column, op, f"{number}-01-01"))
        return
    day = years_before(reader.today, int(number)).isoformat()
    older = op in {">", ">="}
    words = f"{'more' if older else 'less'} than {number} years ago"
    reader.add(During(column, None if older else day, day if older else None, words))


def years_before(day: date, count: int) -> date:
    """The same day some years earlier."""
    try:
        return day.replace(year=day.year - count)
    except ValueError:
        return day.replace(year=day.year - count, day=28)


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
            _append_equal(reader, column, "=", _as_said(piece))
            return True
    _with_number(reader, op, number, "")
    return True


def _numeric(reader: Reader, piece: Piece) -> bool:
    best = reader.best_noun(piece) if piece.is_noun else None
    return bool(
        best and best.column and best.score > 0.9 and reader.schema.facts[best.table].is_measure(best.column)
    )


def _number_of_row(reader: Reader) -> Col | None:
    """`room 111`: a number behind a table's name is the number by which its rows are known."""
    before = reader.peek(-1)
    best = reader.best_noun(before) if before and before.is_noun else None
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


def read_between(reader: Reader) -> bool:
    """`between 5 and 10`, said of the column before it."""
    sign = reader.sign("between", "prep")
    if not sign or (sign.kind == "prep" and sign.arg != "from"):
        return False
    low, middle, high = reader.peek(1), reader.peek(2), reader.peek(3)
    linked = middle is not None and (middle.sign("and") is not None or middle.text.lower() == "to")
    if not (low and low.number and linked and high and high.number):
        return False
    reader.at += 4
    following = reader.peek()
    column = reader.column
    if column is None and following and following.columns:
        column = reader.choose_column(following.refs)
        reader.at += 1
    column = column or _by_unit(reader, reader.peek())
    if column is None:
        reader.unplaced.append(f"between {low.text} and {high.text}")
        return True
    reader.add(Between(column, low.number.value, high.number.value))
    reader.column = None
    return True


def read_like(reader: Reader) -> bool:
    """`contains "son"`, `starting with the letter S`."""
    sign = reader.sign("like")
    if not sign:
        return False
    ahead = 1
    while reader.sign("all", "like", "prep", "filler", ahead=ahead):
        ahead += 1
    piece = reader.peek(ahead)
    if not piece or piece.sign("stop", "comma"):
        return False
    plain = (
        "letter" in _said_before(reader, ahead)
        or "word" in _said_before(reader, ahead)
        or len(piece.text) <= 2
    )
    said = piece.quoted or (
        piece.text if plain or (reader.column and not piece.is_noun and not piece.signs) else None
    )
    if said is None:
        return False
    column = reader.column or _searched(reader, ahead + 1) or _text_column(reader)
    if column is None:
        return False
    last = max(
        (reader.sign("like", ahead=n) for n in range(ahead)),
        key=lambda s: s is not None and s.arg != "contains",
    )
    reader.at += ahead + 1
    reader.add(Compare(column, "like", _LIKE[(last or sign).arg].format(said)))
    reader.column = None
    return True


def _searched(reader: Reader, ahead: int) -> Col | None:
    """`the letter Z in their first names`: where to look stands behind."""
    start = ahead
    while reader.sign("prep", "it", "all", ahead=ahead):
        ahead += 1
    piece = reader.peek(ahead)
    if ahead == start or piece is None or not piece.columns or not reader.sign("prep", ahead=start):
        return None
    column = reader.choose_column(piece.refs)
    if column and reader.schema.facts[column.table].column(column.column).kind == "text":
        reader.consumed.add(piece.first)
        return column
    return None


def _said_before(reader: Reader, ahead: int) -> str:
    return " ".join(piece.text for piece in reader.pieces[reader.at : reader.at + ahead])


def _text_column(reader: Reader) -> Col | None:
    last = reader.wants[-1].col if reader.wants and not reader.where else None
    if last and reader.schema.facts[last.table].column(last.column).kind == "text":
        return last
    if reader.base is None:
        return None
    reader.guesses += 1
    display = reader.schema.facts[reader.base].display
    return Col(reader.base, display[0]) if display else None


def read_quoted(reader: Reader) -> bool:
    """A quotation is a value of the column before it, or a stored value, or a name."""
    piece = reader.peek()
    if not piece or not piece.quoted:
        return False
    if column := _found_in(reader):
        reader.add(Compare(column, "like", f"%{piece.quoted}%"))
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
    column = reader.choose_column(noun.refs)
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
    """Whether a word that may be a name or a value is the value: right behind its own column, or in capitals."""
    value = max(piece.values, key=lambda ref: ref.score)
    if reader.column and any(_col(ref) == reader.column for ref in piece.values):
        return True
    last = reader.where[-1] if reader.where else None
    joined = reader.peek(-1)
    if joined and joined.sign("or", "and", "comma") and isinstance(last, Compare | OneOf):
        if any(_col(ref) == last.item for ref in piece.values):
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
        column = reader.column or _text_column(reader)
        if column is None or not piece.quoted:
            reader.give_up_on(piece)
        else:
            _append_equal(reader, column, op, piece.quoted)
        return
    reader.scores.append(ref.score)
    column = Col(ref.table, ref.column or "")
    reader.column = None
    if ref.score < 0.75 and not _stands_for_a_thing(reader, piece, ref):
        reader.give_up_on(piece)
    elif ref.score < 0.75:
        reader.scores.append(ref.score)
        reader.add(Compare(column, "like", f"%{piece.text}%"))
        reader.assumptions.append(f"{piece.text!r} is taken as a part of the stored value.")
    else:
        _append_equal(reader, column, op, ref.value or "")


def _stands_for_a_thing(reader: Reader, piece: Piece, ref: Ref) -> bool:
    """Whether a part of a stored value is named as a thing: `a teapot`, but not `late` in `delivered late`."""
    if piece.quoted or piece.text[:1].isupper() or ref.table in {reader.entity, reader.focus}:
        return True
    at = next((n for n, other in enumerate(reader.pieces) if other.first == piece.first), 0)
    before = reader.pieces[at - 1] if at else None
    return (
        before is not None
        and before.sign("all", "prep", "with", "like", "and", "or", "comma", "not") is not None
    )


def _append_equal(reader: Reader, column: Col, op: Comparison, value: Scalar) -> None:
    facts = reader.schema.facts[column.table]
    kind = facts.column(column.column).kind
    if isinstance(value, str) and kind == "boolean" and truth(value) is not None:
        value = bool(truth(value))
    reader.column = None
    reader.add(_with_those_below(reader, Compare(column, op, value)))


def _with_those_below(reader: Reader, condition: Compare) -> Condition:
    """`products in Kitchen`, where Kitchen is a department: what is filed under its categories is meant, too."""
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
        key=lambda ref: (reader.worth(ref, owner) + 0.2 * (_col(ref) == last), -_place(reader, ref)),
    )


def _owner_behind(reader: Reader) -> str | None:
    """`Biology courses`: the table behind a value is the likeliest to hold it."""
    piece = reader.peek()
    if not piece or not piece.is_noun:
        return None
    best = reader.best_noun(piece)
    return best.table if best and best.kind == "table" else None


def _place(reader: Reader, ref: Ref) -> int:
    names = [column.name for column in reader.schema.facts[ref.table].table.columns]
    return names.index(ref.column) if ref.column in names else 99


def _col(ref: Ref) -> Col:
    return Col(ref.table, ref.column or "")


def read_period(reader: Reader) -> bool:
    """`last month`, `in 2025`, `since March`: said of the date just named, or of the nearest one."""
    piece = reader.peek()
    if not piece or not piece.period:
        return False
    period = piece.period
    if reader.column and not _dated(reader, reader.column):
        reader.settle_column()
    column = reader.date or (reader.column if reader.column and _dated(reader, reader.column) else None)
    column = column or nearest_date(reader, bare=period.bare)
    reader.at += 1
    if column is None:
        reader.give_up_on(piece)
        return True
    condition = _in_period(reader, column, period)
    last = reader.where[-1] if reader.where else None
    before = reader.peek(-2)
    joined = before is not None and before.sign("and", "or", "comma") and not reader.negated
    if joined and last is not None and _same_date(last, column) and not period.relation:
        # `in 2024 and 2025`: no date lies in both.
        reader.where[-1] = (
            AnyOf((*last.parts, condition)) if isinstance(last, AnyOf) else AnyOf((last, condition))
        )
    else:
        reader.add(condition)
    if reader.compares and not reader.bucket:
        reader.bucket = "year" if period.is_years else "month"
    reader.column = None
    return True


def _same_date(condition: Condition, column: Col) -> bool:
    return set(columns_of(condition)) == {column} and isinstance(condition, During | AnyOf)


def _dated(reader: Reader, column: Col) -> bool:
    facts = reader.schema.facts[column.table]
    return facts.is_date(column.column) or facts.is_year(column.column)


def _in_period(reader: Reader, column: Col, period: Period) -> Condition:
    facts = reader.schema.facts[column.table]
    if facts.is_date(column.column):
        start, end = period.start, period.end
        return During(
            column, start.isoformat() if start else None, end.isoformat() if end else None, period.words
        )
    low = period.start.year if period.start else None
    high = period.end.year if period.end else None
    if low is not None and high is not None:
        return Compare(column, "=", low) if high == low + 1 else Between(column, low, high - 1)
    return Compare(column, ">=", low) if low is not None else Compare(column, "<", high or 0)


def nearest_date(reader: Reader, *, bare: bool = False) -> Col | None:
    """The date that a period without a column is about.

    It is the date of what is measured, else of the table whose rows belong to the others' (orders, not customers),
    else of what those belong to.
    """
    if reader.context and (kept := _date_in(reader.context)):
        return kept
    conditioned = [col.table for condition in reader.where for col in columns_of(condition)]
    spoken = [table for table in (reader.focus, reader.entity, *reversed(reader.tables)) if table]
    tables = list(dict.fromkeys((*_measured_tables(reader), *_facts_first(reader, spoken), *conditioned)))
    if bare:
        years = (
            (t, c.name) for t in tables for c in _columns(reader, t) if reader.schema.facts[t].is_year(c.name)
        )
        dated = next((t for t in tables if reader.schema.facts[t].dates), None)
        for table, name in years:
            if dated is None or tables.index(table) <= tables.index(dated):
                return Col(table, name)
    for table in tables:
        if found := _date_of(reader, table):
            return found
    return None


def _date_in(plan: Plan) -> Col | None:
    """The date that the last plan was already about."""
    for condition in plan.where:
        if isinstance(condition, During) and isinstance(condition.item, Col):
            return condition.item
    return next((item.col for item in plan.show if isinstance(item, Bucket)), None)


def _columns(reader: Reader, table: str) -> tuple[Column, ...]:
    return reader.schema.facts[table].table.columns


def _date_of(reader: Reader, table: str) -> Col | None:
    """The main date of a table, or of the nearest table that its rows belong to."""
    facts = reader.schema.facts[table]
    if facts.dates:
        return Col(table, facts.dates[0])
    for edge in reader.schema.graph.edges(table):
        dates = reader.schema.facts[edge.other].dates
        if dates and not edge.multiplies:
            return Col(edge.other, dates[0])
    return None


def _measured_tables(reader: Reader) -> list[str]:
    wanted = [want.col.table for want in reader.wants if want.col and want.functions]
    if reader.top and reader.top.about.startswith("sold"):
        sold = [ref.table for ref in reader.schema.names.find(["sell"]) if ref.column and ref.score > 0.9]
        wanted += sold[:1]
    items = [want.item for want in reader.wants] + ([reader.top.item] if reader.top else [])
    items += reader.context.show if reader.context else ()
    wanted += [m.of or next(columns_of(m)).table for m in items if isinstance(m, Measure)]
    return [*wanted, *(want.col.table for want in reader.wants if want.col and adds_up_want(reader, want))]


def adds_up_want(reader: Reader, want: Want) -> bool:
    """Whether something wanted is a sum though nobody said so."""
    return bool(want.piece and want.col and not want.functions and adds_up(reader, want.piece, want.col))


def _facts_first(reader: Reader, tables: list[str]) -> list[str]:
    """Tables with many rows for one of another's come first."""
    return sorted(tables, key=lambda table: -sum(reader.schema.to_many(other, table) for other in tables))


def bucket_of(reader: Reader, unit: Unit) -> Bucket | None:
    """The date that a unit of the calendar cuts."""
    date = reader.date or nearest_date(reader)
    return Bucket(date, unit) if date else None


def read_null(reader: Reader) -> bool:
    """`is missing`, `is not null`, said of the column before it."""
    sign = reader.sign("null")
    if not sign or reader.column is None:
        return False
    reader.at += 1
    reader.add(Missing(reader.column, negated=sign.arg == "no"))
    reader.column = None
    return True

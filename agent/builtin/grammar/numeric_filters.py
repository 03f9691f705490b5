"""Read numbers as conditions: with the column before them, the noun behind them, or a property."""

from datetime import date

from agent.builtin.grammar.column_resolution import belonging_to, best_noun, choose_column, find_property
from agent.builtin.grammar.conditions import add_condition, begin_absence
from agent.builtin.grammar.measures import shows_category
from agent.builtin.grammar.negation import add_having
from agent.builtin.grammar.state import Reader
from agent.builtin.grammar.value_filters import append_equal
from agent.builtin.linking.name_index import Ref
from agent.builtin.linking.spans import Piece
from agent.builtin.plan.model import Between, Col, Compare, Comparison, During, Measure

_MONEY = frozenset({"euro", "euros", "eur", "dollar", "dollars", "usd", "pounds", "gbp", "bucks"})


_MONEY_WORDS = frozenset({"price", "total", "amount", "cost", "salary", "fee", "budget", "balance", "value"})


_ADVERBS = frozenset({"once", "twice", "thrice"})


def with_number(reader: Reader, op: Comparison, number: int | float, about: str) -> None:
    """A number that was compared: with what follows it, with the column before it, or with a property."""
    piece = reader.peek()
    if times := _times(reader, piece):
        reader.column = None
        reader.having.append(Compare(Measure("count", of=times), op, number))
        return
    free = not reader.column or not _measures(reader, reader.column)
    if piece and piece.is_noun and free and _with_noun(reader, piece, op, number):
        return
    column = _comparable(reader, about)
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


def _comparable(reader: Reader, about: str) -> Col | None:
    """The column before a number, unless it has no size: `from Hartford or younger than 40`."""
    column = reader.column
    facts = reader.schema.facts[column.table] if column else None
    if column and facts:
        name = column.column
        sized = facts.is_number(name) or facts.is_date(name) or facts.is_year(name)
        reader.column = column if sized else None
    return reader.column or property_meant(reader, about) or _compared_before(reader)


def _compared_before(reader: Reader) -> Col | None:
    """`above 5 or below 3`: the second number is held against the same column."""
    last = reader.where[-1] if reader.where else None
    if reader.context and reader.context.where:
        # `what about more than 200?`
        last = last or reader.context.where[-1]
    behind = [piece for back in (-2, -3) if (piece := reader.peek(back))]
    beside = reader.context is not None or any(piece.sign("and", "or", "postop") for piece in behind)
    if not beside or not isinstance(last, Compare) or not isinstance(last.item, Col):
        return None
    return last.item if isinstance(last.value, int | float) and last.op != "=" else None


def _times(reader: Reader, piece: Piece | None) -> str | None:
    """The table whose rows are told by `who ordered more than 10 times`, `bought at least twice`."""
    before = reader.peek(-1)
    adverb = bool(before and before.text.lower().split()[-1] in _ADVERBS)
    often = bool(piece and piece.text.lower() in {"times", "time"})
    dated = [reader.date.table] if reader.date else []
    others = [table for table in (*dated, *reversed(reader.tables)) if table != reader.entity]
    if not (adverb or often) or not others or reader.negated:
        return None
    reader.at += often
    return others[0]


def _with_noun(reader: Reader, piece: Piece, op: Comparison, number: int | float) -> bool:
    """The noun behind a number: rows of a table are counted, a column of numbers is compared."""
    best = best_noun(reader, piece)
    if best and (_counted(reader, best) or _groups_by_category(reader, best)):
        reader.at += 1
        reader.column = None
        if op == "=" and number == 0:
            begin_absence(reader, best.table)
            reader.focus = best.table
            return True
        absent = reader.negated
        add_having(reader, Compare(Measure("count", of=best.table), op, number), best.table)
        if not absent:
            reader.mention(best.table)
        reader.focus = reader.entity
        return True
    if not best or not best.column or not reader.schema.facts[best.table].is_number(best.column):
        return False
    reader.at += 1
    reader.scores.append(best.score)
    compare(reader, choose_column(reader, piece.refs) or Col(best.table, best.column), op, number)
    return True


def _measures(reader: Reader, column: Col) -> bool:
    return reader.schema.facts[column.table].is_measure(column.column)


def _measured_groups(reader: Reader) -> Measure | None:
    """`only those with more than 15`: the groups of the last plan, by what it measured."""
    if reader.context is None or not reader.context.group:
        return None
    return next((item for item in reader.context.show if isinstance(item, Measure)), None)


def _cols(piece: Piece) -> list[Col]:
    return [Col(ref.table, ref.column) for ref in piece.columns if ref.column]


def _groups_by_category(reader: Reader, best: Ref) -> bool:
    """`the cities that have more than one student`, where students have a city: they are counted for each."""
    column = reader.column
    if best.kind != "table" or best.table != reader.entity or column is None or column.table != best.table:
        return False
    facts = reader.schema.facts[column.table]
    if facts.is_number(column.column) or column.column in facts.display:
        return False
    reader.group.append(column)
    return True


def _counted(reader: Reader, best: Ref) -> bool:
    """Whether rows of the noun's table are counted for each row of the entity."""
    if best.kind != "table" or reader.entity is None:
        return False
    return best.table != reader.entity or bool(reader.group) or shows_category(reader)


def property_meant(reader: Reader, about: str) -> Col | None:
    """The column that a degree is about: `older` is about an age or a date of birth."""
    if not about:
        return None
    spoken = list(dict.fromkeys(filter(None, (reader.focus, reader.entity, *reader.tables))))
    for table in dict.fromkeys((*spoken, *belonging_to(reader, spoken))):
        if found := find_property(reader, about, table):
            return found
    return None


def _by_unit(reader: Reader, piece: Piece | None) -> Col | None:
    """A number without a column means the only thing that can be measured here, if there is only one."""
    if reader.base is None:
        return None
    facts = reader.schema.facts[reader.base]
    measures = [c.name for c in facts.table.columns if facts.is_measure(c.name) and not facts.is_year(c.name)]
    if (piece and piece.text.lower() in _MONEY) or _money_said(reader):
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
        following = reader.peek(1)
        if postop and not (following and following.number):
            # In `below 3 or above 5` there are two comparisons.
            reader.at += 1
            op = postop.arg  # type: ignore[assignment]  # the lexicon has only comparisons
        add_condition(reader, Compare(column, op, number))
        return
    if isinstance(number, int) and 1000 <= number <= 2100:
        add_condition(reader, Compare(column, op, f"{number}-01-01"))
        return
    day = years_before(reader.today, int(number)).isoformat()
    older = op in {">", ">="}
    words = f"{'more' if older else 'less'} than {number} years ago"
    add_condition(reader, During(column, None if older else day, day if older else None, words))


def years_before(day: date, count: int) -> date:
    """The same day some years earlier."""
    try:
        return day.replace(year=day.year - count)
    except ValueError:
        return day.replace(year=day.year - count, day=28)


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
        column = choose_column(reader, following.refs)
        reader.at += 1
    column = column or _by_unit(reader, reader.peek())
    if column is None:
        reader.unplaced.append(f"between {low.text} and {high.text}")
        return True
    add_condition(reader, Between(column, low.number.value, high.number.value))
    reader.column = None
    return True


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
            append_equal(reader, column, "=", _as_said(piece))
            return True
    with_number(reader, op, number, "")
    return True


def _numeric(reader: Reader, piece: Piece) -> bool:
    best = best_noun(reader, piece) if piece.is_noun else None
    return bool(
        best and best.column and best.score > 0.9 and reader.schema.facts[best.table].is_measure(best.column)
    )


def _number_of_row(reader: Reader) -> Col | None:
    """`room 111`: a number behind a table's name is the number by which its rows are known."""
    before = reader.peek(-1)
    best = best_noun(reader, before) if before and before.is_noun else None
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

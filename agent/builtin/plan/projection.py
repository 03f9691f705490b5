"""What is shown for each thing that was wanted."""

from agent.builtin.grammar.measures import adds_up_want, display_of, pointed_at
from agent.builtin.grammar.state import Reader, Want
from agent.builtin.plan.model import (
    AllOf,
    Col,
    Compare,
    During,
    Item,
    Measure,
    Plan,
    Share,
    Term,
    Years,
)
from agent.builtin.schema.column_roles import Facts

_COUNTS = frozenset({"count", "number", "quantity", "amount", "total"})


def items_of(reader: Reader, want: Want) -> list[Item]:
    """What is shown for one thing that was wanted."""
    if want.item is not None:
        return [want.item]
    if want.everything:
        return _whole_rows(reader, want.table or reader.entity)
    if want.counted:
        return _counts(reader, want)
    if want.share:
        return _share(reader)
    if want.functions and reader.context and not (want.piece or want.table):
        terms = _measured_before(reader.context)
        return [Measure(function, term) for function in want.functions for term in terms]
    return _of_column(reader, want, want.col) if want.col else _of_table(reader, want)


def _whole_rows(reader: Reader, table: str | None) -> list[Item]:
    columns = reader.schema.facts[table].table.columns if table else ()
    return [Col(table or "", column.name) for column in columns]


def _of_column(reader: Reader, want: Want, col: Col) -> list[Item]:
    if age := _age(reader, want):
        return [Measure(function, age) for function in want.functions] or [age]
    if want.functions:
        return [Measure(function, col) for function in want.functions]
    if want.owner is None and adds_up_want(reader, want) and not (reader.top and not reader.group):
        return [Measure("sum", col)]
    return named_by(reader, want)


def _of_table(reader: Reader, want: Want) -> list[Item]:
    if want.table and want.functions == ("sum",):
        return [Measure("count", of=want.table)]
    return list(row_of(reader, want.table)) if want.table else []


def _measured_before(plan: Plan) -> list[Term]:
    """What the last plan measured, or else the only number it showed."""
    terms: list[Term] = [item.term for item in plan.show if isinstance(item, Measure) and item.term]
    if not terms:
        terms.extend([item for item in plan.show if isinstance(item, Col)][:1])
    return terms


def _age(reader: Reader, want: Want) -> Years | None:
    """The age of somebody of whom the date of birth is known."""
    if not want.col or not want.piece or "age" not in want.piece.lemmas:
        return None
    dated = reader.schema.facts[want.col.table].is_date(want.col.column)
    return Years(want.col, reader.today.isoformat()) if dated else None


def named_by(reader: Reader, want: Want) -> list[Item]:
    """A name in two columns is shown in full."""
    assert want.col is not None
    display = reader.schema.facts[want.col.table].display
    if want.piece and (shown := pointed_at(reader, want.col, want.piece)) != (want.col,):
        return list(shown)
    plain = want.piece is not None and want.piece.lemmas in {("name",), ("full", "name")}
    if plain and want.col.column in display:
        return list(display_of(reader, want.col.table))
    return [want.col]


def row_of(reader: Reader, table: str) -> tuple[Col, ...]:
    """What shows a row of a table: its names, or, where rows have none, all its columns."""
    facts = reader.schema.facts[table]
    named = [
        name for name in facts.display if name not in facts.keys or facts.words_of(name)[-1:] == ("name",)
    ]
    if named:
        return display_of(reader, table)
    return tuple(Col(table, column.name) for column in facts.table.columns)


def _share(reader: Reader) -> list[Item]:
    """The conditions say which part is meant; a period says of which whole."""
    part = [condition for condition in reader.where if not isinstance(condition, During)]
    reader.where = [condition for condition in reader.where if isinstance(condition, During)]
    assert reader.entity is not None
    if not part:
        reader.unplaced.append("percentage")
        return []
    return [Share(part[0] if len(part) == 1 else AllOf(tuple(part)), reader.entity)]


def _counts(reader: Reader, want: Want) -> list[Item]:
    """`the minimum and maximum number of rooms` is two numbers, where a column says how many there are."""
    if want.col and want.functions and reader.schema.facts[want.col.table].is_measure(want.col.column):
        return [Measure(function, want.col) for function in want.functions]
    if want.table and (stored := _stored_count(reader, want.table)):
        return [Measure("sum", stored)]
    return [_count(reader, want)]


def _stored_count(reader: Reader, table: str) -> Col | None:
    """The column called as its table, where rows are no things of their own: `degrees` granted in a year."""
    facts = reader.schema.facts[table]
    if len(facts.table.primary_key) == 1:
        return None
    own = reader.schema.names.table_words[table]
    found = (
        c.name for c in facts.table.columns if facts.words_of(c.name) == own and facts.is_measure(c.name)
    )
    return next((Col(table, name) for name in found), None)


def _adds_up(facts: Facts, column: str) -> bool:
    """Whether `how many` asks for the sum of a column; digits in a text are a number only by their name."""
    numeric = facts.column(column).kind != "text" or _COUNTS & set(facts.words_of(column))
    return facts.is_measure(column) and bool(numeric)


def _held(reader: Reader) -> set[Item]:
    """The columns that are held to one value."""
    return {one.item for one in reader.where if isinstance(one, Compare) and one.op == "="}


def _count(reader: Reader, want: Want) -> Item:
    if want.table:
        return Measure("count", of=want.table)
    if want.col is None:
        return Measure("count", of=reader.entity)
    facts = reader.schema.facts[want.col.table]
    if _adds_up(facts, want.col.column) and not facts.is_year(want.col.column) and not want.distinct:
        beside = any(other.col and not other.counted and not other.functions for other in reader.wants)
        return want.col if beside and not reader.group else Measure("sum", want.col)
    if want.col in _held(reader) and not want.distinct:
        # `how many tests have the result 'fail'`: there is but one such value, so rows are meant.
        return Measure("count", of=want.col.table)
    if want.col.column in facts.table.primary_key and not want.distinct:
        return Measure("count", of=want.col.table)
    return Measure("count", want.col, distinct=True)

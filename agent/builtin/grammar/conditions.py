"""Gather conditions as they are read, under the negation and the `and` or `or` before them."""

from dataclasses import replace

from agent.builtin.grammar.state import Absence, Reader
from agent.builtin.plan.model import (
    AllOf,
    AnyOf,
    Col,
    Compare,
    Comparison,
    Condition,
    Item,
    Member,
    Missing,
    OneOf,
    Plan,
    columns_of,
)

_NEGATED: dict[Comparison, Comparison] = {
    "=": "<>",
    "<>": "=",
    ">": "<=",
    ">=": "<",
    "<": ">=",
    "<=": ">",
    "like": "not like",
    "not like": "like",
}


def add_condition(reader: Reader, condition: Condition) -> None:
    """Take a condition in, under the negation and the `and` or `or` that stand before it."""
    tables = {col.table for col in columns_of(condition)}
    far = reader.entity and any(reader.schema.to_many(reader.entity, table) for table in tables)
    if reader.absence is not None:
        reader.absence.conditions.append(condition)
    elif reader.negated and far:
        begin_absence(reader)
        assert reader.absence is not None
        reader.absence.conditions.append(condition)
    else:
        for table in tables - {reader.entity}:
            if table and table not in reader.tables:
                reader.tables.append(table)
        _connect(reader, negate(condition) if reader.negated else condition, bool(far))
        reader.negated = False


def _connect(reader: Reader, condition: Condition, far: bool) -> None:
    if condition in reader.where:
        return
    last = reader.where[-1] if reader.where else None
    joiner, reader.joiner = reader.joiner, "and"
    if last is not None and joiner == "or":
        reader.where[-1] = _either(last, condition)
    elif last is not None and _same_equality(last, condition):
        if far and reader.both and reader.entity:
            reader.where[-1] = member(reader, last)
            reader.where.append(member(reader, condition))
        elif reader.both:
            reader.both_of = reader.where.pop(), condition
        else:
            reader.where[-1] = _either(last, condition)
    elif last is not None and _exclude(last, condition):
        reader.both_of = reader.where.pop(), condition
    else:
        reader.where.append(condition)


def member(reader: Reader, condition: Condition) -> Condition:
    """A condition on rows far away, as one on the entity: there is such a row."""
    assert reader.entity is not None
    key = reader.key(reader.entity)
    if key is None:
        return condition
    return Member(key, Plan(reader.entity, (key,), where=(condition,)))


def begin_absence(reader: Reader, table: str | None = None) -> None:
    """From here on, gather what there must not be."""
    if reader.absence is None:
        reader.absence = Absence()
        reader.negated = False
    if table:
        reader.absence.tables.append(table)


def end_absence(reader: Reader) -> None:
    """Turn what was gathered into one condition: the entity is not among those that have it."""
    absence, reader.absence = reader.absence, None
    if absence is None or reader.entity is None:
        return
    key = (
        reader.lacking
        or reader.key(reader.entity)
        or Col(reader.entity, reader.schema.facts[reader.entity].table.columns[0].name)
    )
    inner = Plan(
        reader.entity, (key,), where=tuple(absence.conditions), tables=tuple(dict.fromkeys(absence.tables))
    )
    reader.where.append(Member(key, inner, negated=True))
    reader.distinct = reader.distinct or reader.lacking is not None


def settle_column(reader: Reader) -> None:
    """Decide on a column of which nothing was said: `with a coupon`, `without a coupon`."""
    column, reader.column = reader.column, None
    if column is None:
        return
    facts = reader.schema.facts[column.table]
    nullable = facts.column(column.column).nullable and column.column not in facts.keys
    if reader.negated and nullable:
        reader.negated = False
        reader.where.append(Missing(column))
    elif reader.negated and column.table != reader.entity and reader.absence is None:
        begin_absence(reader, column.table)
    elif reader.column_with and nullable and not facts.is_measure(column.column):
        reader.where.append(Missing(column, negated=True))
    elif column.table != reader.entity and reader.absence is None:
        reader.mention(column.table)
        reader.focus = reader.entity


def negate(condition: Condition) -> Condition:
    """The opposite of a condition."""
    match condition:
        case Compare(item, op, value):
            return Compare(item, _NEGATED[op], value)
        case AllOf(parts):
            return AnyOf(tuple(negate(part) for part in parts))
        case AnyOf(parts):
            return AllOf(tuple(negate(part) for part in parts))
    return replace(condition, negated=not condition.negated)


def _exclude(one: Condition, other: Condition) -> bool:
    """Whether no number is above the one and below the other."""
    if not (isinstance(one, Compare) and isinstance(other, Compare) and one.item == other.item):
        return False
    if not (isinstance(one.value, int | float) and isinstance(other.value, int | float)):
        return False
    if one.op in {"<", "<="}:
        one, other = other, one
    opposed = one.op in {">", ">="} and other.op in {"<", "<="}
    return opposed and _number(one) >= _number(other)


def _number(condition: Compare) -> float:
    return float(condition.value) if isinstance(condition.value, int | float) else 0.0


def _same_equality(one: Condition, other: Condition) -> bool:
    columns = [_equal_item(condition) for condition in (one, other)]
    return columns[0] is not None and columns[0] == columns[1]


def _equal_item(condition: Condition) -> Item | None:
    match condition:
        case Compare(item, "=", str() | int() | float() | bool()):
            return item
        case OneOf(item, _, False):
            return item
    return None


def _values(condition: Condition) -> tuple[str | int | float | bool, ...]:
    match condition:
        case Compare(_, "=", str() | int() | float() | bool() as value):
            return (value,)
        case OneOf(_, values, _):
            return values
    return ()


def _either(one: Condition, other: Condition) -> Condition:
    """One or the other; two values of one column become a list."""
    item = _equal_item(one)
    if item is not None and item == _equal_item(other):
        return OneOf(item, tuple(dict.fromkeys((*_values(one), *_values(other)))))
    if isinstance(one, AnyOf):
        return AnyOf((*one.parts, other))
    return AnyOf((one, other))

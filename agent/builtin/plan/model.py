"""Query plan: the relational form of an understood question, before it is SQL. Serializable as JSON."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Literal, TypeVar

AggregateFunction = Literal["count", "sum", "avg", "min", "max"]
ComparisonOperator = Literal["=", "<>", ">", ">=", "<", "<=", "like", "not like"]
CalendarUnit = Literal["day", "week", "month", "quarter", "year", "weekday", "hour"]
Scalar = str | int | float | bool


@dataclass(frozen=True, slots=True)
class ColumnRef:
    """Column of a table. `via` names the foreign key that leads to its table, if there are several."""

    table: str
    column: str
    via: str | None = None


@dataclass(frozen=True, slots=True)
class DateBucket:
    """Date truncated to a calendar unit."""

    col: ColumnRef
    unit: CalendarUnit


@dataclass(frozen=True, slots=True)
class LineAmount:
    """Amount of an order line: quantity times price, less a discount on the whole line."""

    quantity: ColumnRef
    price: ColumnRef
    discount: ColumnRef | None = None


@dataclass(frozen=True, slots=True)
class AgeInYears:
    """Age in whole years: from a date to `today` (ISO date)."""

    col: ColumnRef
    today: str


@dataclass(frozen=True, slots=True)
class DaysBetween:
    """Number of days between two dates."""

    start: ColumnRef
    end: ColumnRef


Term = ColumnRef | DateBucket | LineAmount | AgeInYears | DaysBetween


@dataclass(frozen=True, slots=True)
class Measure:
    """Aggregate function. Without a term it counts rows of `table`; `distinct` counts each value once."""

    function: AggregateFunction
    term: Term | None = None
    table: str | None = None
    distinct: bool = False


@dataclass(frozen=True, slots=True)
class Percentage:
    """Percentage of the rows of `table` for which a condition holds."""

    condition: "Condition"
    table: str


Item = ColumnRef | DateBucket | LineAmount | AgeInYears | DaysBetween | Measure | Percentage


@dataclass(frozen=True, slots=True)
class Comparison:
    """Comparison of `item` with a value, another item, or a scalar subquery."""

    item: Item
    op: ComparisonOperator
    value: "Scalar | Item | Plan"


@dataclass(frozen=True, slots=True)
class InList:
    """Predicate `item IN (values)`."""

    item: Item
    values: tuple[Scalar, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Between:
    """Predicate `item BETWEEN low AND high`, both ends included."""

    item: Item
    low: Scalar
    high: Scalar
    negated: bool = False


@dataclass(frozen=True, slots=True)
class InPeriod:
    """Date range predicate: from `start`, before `end` (ISO dates; None is open); `words` quotes the user."""

    item: Item
    start: str | None
    end: str | None
    words: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class IsNull:
    """Predicate `item IS NULL`, or, negated, `IS NOT NULL`."""

    item: Item
    negated: bool = False


@dataclass(frozen=True, slots=True)
class InSubquery:
    """Predicate `col IN (subquery)`, or, negated, `NOT IN`."""

    col: ColumnRef
    plan: "Plan"
    negated: bool = False


@dataclass(frozen=True, slots=True)
class And:
    """Conjunction of conditions."""

    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Or:
    """Disjunction of conditions."""

    parts: "tuple[Condition, ...]"


Condition = Comparison | InList | Between | InPeriod | IsNull | InSubquery | And | Or


@dataclass(frozen=True, slots=True)
class SortKey:
    """Sort key of ORDER BY."""

    item: Item
    descending: bool = False


@dataclass(frozen=True, slots=True)
class SetOperation:
    """Set operation with the rows of a second plan."""

    operator: Literal["union", "intersect", "except"]
    plan: "Plan"


@dataclass(frozen=True, slots=True)
class Plan:
    """Query about the rows of `entity`; `tables` are joined even if none of their columns is used.

    `partition_by` applies `limit` within each of its values. `outer_function` aggregates the numbers that the
    plan returns, as in the average number of orders per customer.
    """

    entity: str
    select: tuple[Item, ...]
    where: tuple[Condition, ...] = ()
    group: tuple[Item, ...] = ()
    having: tuple[Condition, ...] = ()
    order: tuple[SortKey, ...] = ()
    limit: int | None = None
    distinct: bool = False
    tables: tuple[str, ...] = ()
    set_operation: SetOperation | None = None
    partition_by: tuple[Item, ...] = ()
    outer_function: AggregateFunction | None = None
    # foreign keys to prefer where two tables can be joined in several ways
    via: tuple[str, ...] = ()

    def with_(self, **changes: Any) -> "Plan":
        """Copy the plan with some fields replaced."""
        return replace(self, **changes)


_CLASSES = {
    kind.__name__: kind
    for kind in (
        ColumnRef, DateBucket, LineAmount, AgeInYears, DaysBetween, Measure, Percentage, Comparison, InList,
        Between, InPeriod, IsNull,
        InSubquery, And, Or, SortKey, SetOperation, Plan,
    )
}  # fmt: skip


def dump_plan(plan: Plan) -> str:
    """Serialize a plan as JSON."""
    return json.dumps(_to_json(plan), ensure_ascii=False, separators=(",", ":"))


def load_plan(text: str) -> Plan:
    """Parse a plan that `dump_plan` wrote. Raises `ValueError` if the text is not a plan."""
    try:
        plan = _from_json(json.loads(text))
    except (KeyError, TypeError) as error:
        raise ValueError("This is not a plan.") from error
    if not isinstance(plan, Plan):
        raise ValueError("This is not a plan.")
    return plan


def _to_json(value: Any) -> Any:
    if is_dataclass(value):
        # Defaults are omitted to keep stored conversations small.
        values = {f.name: part for f in fields(value) if (part := getattr(value, f.name)) != f.default}
        return {"is": type(value).__name__, **{name: _to_json(part) for name, part in values.items()}}
    if isinstance(value, tuple):
        return [_to_json(part) for part in value]
    return value


def _from_json(value: Any) -> Any:
    if isinstance(value, dict):
        kind = _CLASSES[value["is"]]
        return kind(**{name: _from_json(part) for name, part in value.items() if name != "is"})
    if isinstance(value, list):
        return tuple(_from_json(part) for part in value)
    return value


Part = TypeVar("Part")


def columns_of(value: Any) -> Iterator[ColumnRef]:
    """Find every column in an item, a condition or a plan, except in nested plans."""
    return _find_parts(ColumnRef, value)


def measures_of(value: Any) -> Iterator[Measure]:
    """Find every aggregate in an item, a condition or a plan, except in nested plans."""
    return _find_parts(Measure, value)


def _find_parts(kind: type[Part], value: Any) -> Iterator[Part]:
    if isinstance(value, kind):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _find_parts(kind, part)
    elif is_dataclass(value):
        for field in fields(value):
            part = getattr(value, field.name)
            if not isinstance(part, Plan):
                yield from _find_parts(kind, part)


def tables_of(plan: Plan) -> tuple[str, ...]:
    """List the tables of a plan's FROM clause, its entity first."""
    parts = (plan.select, plan.where, plan.group, plan.having, plan.order, plan.partition_by)
    names = [plan.entity, *plan.tables]
    names += [col.table for col in columns_of(parts)]
    names += [measure.table for measure in measures_of(parts) if measure.table]
    names += [item.table for item in plan.select if isinstance(item, Percentage)]
    return tuple(dict.fromkeys(names))

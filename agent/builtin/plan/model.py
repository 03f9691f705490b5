"""The relational plan: what was understood, before it is SQL. Plain values that fit into JSON."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Literal, TypeVar

Function = Literal["count", "sum", "avg", "min", "max"]
Comparison = Literal["=", "<>", ">", ">=", "<", "<=", "like", "not like"]
Unit = Literal["day", "week", "month", "quarter", "year", "weekday", "hour"]
Scalar = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Col:
    """A column of a table. `via` names the key by which its table is reached, where there are several."""

    table: str
    column: str
    via: str | None = None


@dataclass(frozen=True, slots=True)
class Bucket:
    """A date cut to a unit of the calendar."""

    col: Col
    unit: Unit


@dataclass(frozen=True, slots=True)
class LineAmount:
    """What a line comes to: quantity times price, less a discount on the whole line."""

    quantity: Col
    price: Col
    discount: Col | None = None


@dataclass(frozen=True, slots=True)
class Years:
    """Whole years from a date to a given day: an age."""

    col: Col
    today: str


@dataclass(frozen=True, slots=True)
class Span:
    """Days from one date to another."""

    start: Col
    end: Col


Term = Col | Bucket | LineAmount | Years | Span


@dataclass(frozen=True, slots=True)
class Measure:
    """An aggregate. Without a term it counts rows of `of`; `distinct` counts each value once."""

    function: Function
    term: Term | None = None
    of: str | None = None
    distinct: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """The part of rows (in percent) for which a condition holds."""

    part: "Condition"
    of: str


Item = Col | Bucket | LineAmount | Years | Span | Measure | Share


@dataclass(frozen=True, slots=True)
class Compare:
    """`item` compared with a value, another item, or the one number that a query gives."""

    item: Item
    op: Comparison
    value: "Scalar | Item | Plan"


@dataclass(frozen=True, slots=True)
class OneOf:
    """`item` is one of the values."""

    item: Item
    values: tuple[Scalar, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Between:
    """`item` lies between two values, both included."""

    item: Item
    low: Scalar
    high: Scalar
    negated: bool = False


@dataclass(frozen=True, slots=True)
class During:
    """A date lies in a period: from `start`, before `end` (ISO dates; either may be open). `words` say it."""

    item: Item
    start: str | None
    end: str | None
    words: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Missing:
    """`item` is empty, or, negated, is not."""

    item: Item
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """`col` is, or is not, among what another plan gives."""

    col: Col
    plan: "Plan"
    negated: bool = False


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds."""

    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: "tuple[Condition, ...]"


Condition = Compare | OneOf | Between | During | Missing | Member | AllOf | AnyOf


@dataclass(frozen=True, slots=True)
class Order:
    """One key to sort by."""

    item: Item
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Combined:
    """A second plan whose rows are added, kept in common, or taken away."""

    how: Literal["union", "intersect", "except"]
    plan: "Plan"


@dataclass(frozen=True, slots=True)
class Plan:
    """One query, about `entity`; `tables` must be joined though no column of theirs is used.

    `each` keeps the best `limit` rows within each of its values. `over` names a function to take over the
    numbers that the plan gives, as in the average number of orders per customer.
    """

    entity: str
    show: tuple[Item, ...]
    where: tuple[Condition, ...] = ()
    group: tuple[Item, ...] = ()
    having: tuple[Condition, ...] = ()
    order: tuple[Order, ...] = ()
    limit: int | None = None
    distinct: bool = False
    tables: tuple[str, ...] = ()
    combined: Combined | None = None
    each: tuple[Item, ...] = ()
    over: Function | None = None
    # columns that point, preferred where tables are joined in several ways
    via: tuple[str, ...] = ()

    def with_(self, **changes: Any) -> "Plan":
        """A copy with some parts replaced."""
        return replace(self, **changes)


_CLASSES = {
    kind.__name__: kind
    for kind in (
        Col, Bucket, LineAmount, Years, Span, Measure, Share, Compare, OneOf, Between, During, Missing,
        Member, AllOf, AnyOf, Order, Combined, Plan,
    )
}  # fmt: skip


def dump(plan: Plan) -> str:
    """Write a plan as JSON."""
    return json.dumps(_as_json(plan), ensure_ascii=False, separators=(",", ":"))


def load(text: str) -> Plan:
    """Read a plan that `dump` wrote. Raises `ValueError` when it is none."""
    try:
        plan = _from_json(json.loads(text))
    except (KeyError, TypeError) as error:
        raise ValueError("This is not a plan.") from error
    if not isinstance(plan, Plan):
        raise ValueError("This is not a plan.")
    return plan


def _as_json(value: Any) -> Any:
    if is_dataclass(value):
        # What has its default is left out: a conversation keeps many of these.
        kept = {f.name: part for f in fields(value) if (part := getattr(value, f.name)) != f.default}
        return {"is": type(value).__name__, **{name: _as_json(part) for name, part in kept.items()}}
    if isinstance(value, tuple):
        return [_as_json(part) for part in value]
    return value


def _from_json(value: Any) -> Any:
    if isinstance(value, dict):
        kind = _CLASSES[value["is"]]
        return kind(**{name: _from_json(part) for name, part in value.items() if name != "is"})
    if isinstance(value, list):
        return tuple(_from_json(part) for part in value)
    return value


Part = TypeVar("Part")


def columns_of(value: Any) -> Iterator[Col]:
    """Every column in an item, a condition or a plan, but not those of plans inside it."""
    return _each(Col, value)


def measures_of(value: Any) -> Iterator[Measure]:
    """Every aggregate in an item, a condition or a plan, but not those of plans inside it."""
    return _each(Measure, value)


def _each(kind: type[Part], value: Any) -> Iterator[Part]:
    if isinstance(value, kind):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _each(kind, part)
    elif is_dataclass(value):
        for field in fields(value):
            part = getattr(value, field.name)
            if not isinstance(part, Plan):
                yield from _each(kind, part)


def tables_of(plan: Plan) -> tuple[str, ...]:
    """Every table that a plan needs in its FROM, its entity first."""
    parts = (plan.show, plan.where, plan.group, plan.having, plan.order, plan.each)
    names = [plan.entity, *plan.tables]
    names += [col.table for col in columns_of(parts)]
    names += [measure.of for measure in measures_of(parts) if measure.of]
    names += [item.of for item in plan.show if isinstance(item, Share)]
    return tuple(dict.fromkeys(names))

"""What a plan uses: its columns and tables, wherever they stand."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

from agent.builtin.plan import Col, Measure, Plan, Share

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

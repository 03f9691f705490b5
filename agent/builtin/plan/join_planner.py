"""Complete a plan: find its joins, count by the right key, and keep sums from being multiplied."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from agent.builtin.plan.model import (
    Col,
    Compare,
    Condition,
    Item,
    LineAmount,
    Measure,
    Order,
    Plan,
    columns_of,
    measures_of,
    tables_of,
)
from agent.builtin.schema.column_roles import Facts
from agent.builtin.schema.join_graph import Edge, JoinGraph, multiplied


@dataclass(frozen=True, slots=True)
class Completed:
    """A plan with its joins. `deduplicate`: rows of the measured table must be made single before summing."""

    plan: Plan
    root: str
    joins: tuple[Edge, ...]
    assumptions: tuple[str, ...] = ()


class NoJoin(Exception):
    """Two tables of a plan cannot be joined."""

    def __init__(self, root: str, tables: tuple[str, ...]) -> None:
        super().__init__(f"There is no way from {root} to {', '.join(tables)}.")
        self.tables = tables


def complete(plan: Plan, graph: JoinGraph, facts: Mapping[str, Facts]) -> Completed:
    """Find the joins of a plan. Raises `NoJoin`."""
    plan, assumptions = _with_line_amounts(plan, graph, facts)
    plan, tree = _without_idle_joins(plan, _tree(plan, graph), facts)
    exact = _Counting(tree, facts)
    plan = replace(
        plan,
        distinct=plan.distinct or _repeats(plan, tree),
        show=tuple(exact.item(item) for item in plan.show),
        having=tuple(exact.condition(condition) for condition in plan.having),
        order=tuple(Order(exact.item(order.item), order.descending) for order in plan.order),
    )
    return Completed(plan, plan.entity, tree, assumptions)


def _without_idle_joins(
    plan: Plan, tree: tuple[Edge, ...], facts: Mapping[str, Facts]
) -> tuple[Plan, tuple[Edge, ...]]:
    """Leave out tables of which only the key is used: the column that points at it says the same."""
    while idle := next((edge for edge in tree if _is_idle(edge, plan, tree, facts)), None):
        for own, other in zip(idle.columns, idle.other_columns, strict=True):
            plan = _Rename(Col(idle.other, other), Col(idle.table, own)).plan(plan)
        tree = tuple(edge for edge in tree if edge is not idle)
        plan = replace(plan, tables=tuple(table for table in plan.tables if table != idle.other))
    once = tuple(dict.fromkeys(plan.show))
    return replace(plan, show=once, group=tuple(dict.fromkeys(plan.group))), tree


def _is_idle(edge: Edge, plan: Plan, tree: tuple[Edge, ...], facts: Mapping[str, Facts]) -> bool:
    if edge.multiplies or any(other.table == edge.other for other in tree):
        return False
    if any(measure.of == edge.other for measure in measures_of(_parts(plan))):
        return False
    used = {col.column for col in columns_of(_parts(plan)) if col.table == edge.other}
    known = facts[edge.table]
    never_empty = all(known.is_filled(name) for name in edge.columns)
    return never_empty and used <= set(edge.other_columns)


def _parts(plan: Plan) -> tuple[object, ...]:
    return plan.show, plan.where, plan.group, plan.having, plan.order, plan.each


@dataclass(frozen=True, slots=True)
class _Rename:
    old: Col
    new: Col

    def plan(self, plan: Plan) -> Plan:
        """The same plan, with one column in the place of another."""
        parts = {
            name: self._in(getattr(plan, name))
            for name in ("show", "where", "group", "having", "order", "each")
        }
        return replace(plan, **parts)

    def _in(self, value: Any) -> Any:
        if value == self.old:
            return self.new
        if isinstance(value, tuple):
            return tuple(self._in(part) for part in value)
        if is_dataclass(value) and not isinstance(value, Plan | type):
            return replace(value, **{f.name: self._in(getattr(value, f.name)) for f in fields(value)})
        return value


def _repeats(plan: Plan, tree: tuple[Edge, ...]) -> bool:
    """Whether joining would list the same row of the entity again and again."""
    if plan.group or not multiplied(plan.entity, tree):
        return False
    if any(order.item not in plan.show for order in plan.order):
        return False
    return all(isinstance(item, Col) and item.table == plan.entity for item in plan.show)


def _tree(plan: Plan, graph: JoinGraph) -> tuple[Edge, ...]:
    tables = tables_of(plan)
    via = [col.via for col in columns_of((plan.show, plan.where, plan.group, plan.order)) if col.via]
    tree = graph.connect(plan.entity, tables, (*plan.via, *via))
    if tree is None:
        raise NoJoin(plan.entity, tables)
    return tree


@dataclass(frozen=True, slots=True)
class _Counting:
    tree: tuple[Edge, ...]
    facts: Mapping[str, Facts]

    def item(self, item: Item) -> Item:
        """Count each row once where joining has made several of it."""
        if not isinstance(item, Measure) or item.function != "count" or item.term or not item.of:
            return item
        key = self.facts[item.of].table.primary_key
        if len(key) == 1 and multiplied(item.of, self.tree):
            return Measure("count", Col(item.of, key[0]), item.of, distinct=True)
        return item

    def condition(self, condition: Condition) -> Condition:
        """The same for a condition on groups."""
        if isinstance(condition, Compare):
            return replace(condition, item=self.item(condition.item))
        return condition


def _with_line_amounts(
    plan: Plan, graph: JoinGraph, facts: Mapping[str, Facts]
) -> tuple[Plan, tuple[str, ...]]:
    """Where a sum over orders would be multiplied by their lines, sum what the lines come to instead."""
    summed = [m for m in _all_measures(plan) if m.function == "sum" and isinstance(m.term, Col)]
    for measure in summed:
        assert isinstance(measure.term, Col)
        tree = _tree(plan, graph)
        if not multiplied(measure.term.table, tree):
            continue
        line = next((found for edge in tree for found in (_line(edge, measure.term, facts),) if found), None)
        if line is None:
            continue
        swap = _Swap(measure, Measure("sum", line))
        said = "The amount is added up from the lines (quantity times price" + (
            ", less discount)." if line.discount else ")."
        )
        return swap.plan(plan), (said,)
    return plan, ()


def _all_measures(plan: Plan) -> list[Measure]:
    found = [item for item in plan.show if isinstance(item, Measure)]
    found += [order.item for order in plan.order if isinstance(order.item, Measure)]
    found += [c.item for c in plan.having if isinstance(c, Compare) and isinstance(c.item, Measure)]
    return found


@dataclass(frozen=True, slots=True)
class _Swap:
    old: Measure
    new: Measure

    def item(self, item: Item) -> Item:
        return self.new if item == self.old else item

    def plan(self, plan: Plan) -> Plan:
        return replace(
            plan,
            show=tuple(self.item(item) for item in plan.show),
            order=tuple(Order(self.item(order.item), order.descending) for order in plan.order),
            having=tuple(
                replace(c, item=self.item(c.item)) if isinstance(c, Compare) else c for c in plan.having
            ),
        )


def _line(edge: Edge, total: Col, facts: Mapping[str, Facts]) -> LineAmount | None:
    """The amount of a line, when an edge leads from the total's table to a table of its lines."""
    if edge.multiplies and edge.table == total.table:
        return line_amount(facts[edge.other])
    if not edge.multiplies and edge.other == total.table:
        return line_amount(facts[edge.table])
    return None


def line_amount(facts: Facts) -> LineAmount | None:
    """Quantity times price of a table that has both."""
    columns = [column.name for column in facts.table.columns if facts.is_measure(column.name)]
    quantity = _named(facts, columns, {"quantity", "count", "unit"}, {"price", "cost"})
    price = _named(facts, columns, {"price"}, set())
    if not quantity or not price:
        return None
    discount = _named(facts, columns, {"discount", "rebate"}, {"percent", "rate"})
    return LineAmount(
        Col(facts.name, quantity), Col(facts.name, price), Col(facts.name, discount) if discount else None
    )


def _named(facts: Facts, columns: list[str], words: set[str], without: set[str]) -> str | None:
    for name in columns:
        own = set(facts.words_of(name))
        if own & words and not own & without:
            return name
    return None

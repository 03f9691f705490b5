"""Join planner: find the joins of a plan and correct aggregates for rows that joins duplicate (fan-out)."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from agent.builtin.plan.model import (
    ColumnRef,
    Comparison,
    Condition,
    Item,
    LineAmount,
    Measure,
    Plan,
    SortKey,
    columns_of,
    measures_of,
    tables_of,
)
from agent.builtin.schema.column_roles import ColumnRoles
from schema_docs.search.join_graph import Edge, JoinGraph, has_fan_out


@dataclass(frozen=True, slots=True)
class JoinedPlan:
    """A plan with its join tree, starting at `root`."""

    plan: Plan
    root: str
    joins: tuple[Edge, ...]
    assumptions: tuple[str, ...] = ()


class NoJoinPath(Exception):
    """No chain of joins connects two tables of a plan."""

    def __init__(self, root: str, tables: tuple[str, ...]) -> None:
        super().__init__(f"There is no join path from {root} to {', '.join(tables)}.")
        self.tables = tables


def plan_joins(plan: Plan, graph: JoinGraph, roles: Mapping[str, ColumnRoles]) -> JoinedPlan:
    """Find the joins of a plan and correct its aggregates. Raises `NoJoinPath`."""
    plan, assumptions = _use_line_amounts(plan, graph, roles)
    plan, tree = _drop_redundant_joins(plan, _join_tree(plan, graph), roles)
    deduplicator = _CountDeduplicator(tree, roles)
    plan = replace(
        plan,
        distinct=plan.distinct or _repeats_rows(plan, tree),
        select=tuple(deduplicator.item(item) for item in plan.select),
        having=tuple(deduplicator.condition(condition) for condition in plan.having),
        order=tuple(SortKey(deduplicator.item(order.item), order.descending) for order in plan.order),
    )
    return JoinedPlan(plan, plan.entity, tree, assumptions)


def _drop_redundant_joins(
    plan: Plan, tree: tuple[Edge, ...], roles: Mapping[str, ColumnRoles]
) -> tuple[Plan, tuple[Edge, ...]]:
    """Drop joins to tables of which only the key is used: the foreign key holds the same value."""
    while redundant := next((edge for edge in tree if _is_redundant(edge, plan, tree, roles)), None):
        for column, other_column in zip(redundant.columns, redundant.referenced_columns, strict=True):
            plan = _ColumnReplacer(
                ColumnRef(redundant.other, other_column), ColumnRef(redundant.table, column)
            ).plan(plan)
        tree = tuple(edge for edge in tree if edge is not redundant)
        plan = replace(plan, tables=tuple(table for table in plan.tables if table != redundant.other))
    select = tuple(dict.fromkeys(plan.select))
    return replace(plan, select=select, group=tuple(dict.fromkeys(plan.group))), tree


def _is_redundant(edge: Edge, plan: Plan, tree: tuple[Edge, ...], roles: Mapping[str, ColumnRoles]) -> bool:
    if edge.is_to_many or any(other.table == edge.other for other in tree):
        return False
    if any(measure.table == edge.other for measure in measures_of(_plan_parts(plan))):
        return False
    used_columns = {col.column for col in columns_of(_plan_parts(plan)) if col.table == edge.other}
    roles_of_table = roles[edge.table]
    never_empty = all(roles_of_table.is_filled(name) for name in edge.columns)
    return never_empty and used_columns <= set(edge.referenced_columns)


def _plan_parts(plan: Plan) -> tuple[object, ...]:
    return plan.select, plan.where, plan.group, plan.having, plan.order, plan.partition_by


@dataclass(frozen=True, slots=True)
class _ColumnReplacer:
    old: ColumnRef
    new: ColumnRef

    def plan(self, plan: Plan) -> Plan:
        """Replace one column by another throughout a plan."""
        parts = {
            name: self._in(getattr(plan, name))
            for name in ("select", "where", "group", "having", "order", "partition_by")
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


def _repeats_rows(plan: Plan, tree: tuple[Edge, ...]) -> bool:
    """Check whether the joins would repeat rows of the entity."""
    if plan.group or not has_fan_out(plan.entity, tree):
        return False
    if any(order.item not in plan.select for order in plan.order):
        return False
    return all(isinstance(item, ColumnRef) and item.table == plan.entity for item in plan.select)


def _join_tree(plan: Plan, graph: JoinGraph) -> tuple[Edge, ...]:
    tables = tables_of(plan)
    via = [col.via for col in columns_of((plan.select, plan.where, plan.group, plan.order)) if col.via]
    tree = graph.connect(plan.entity, tables, (*plan.via, *via))
    if tree is None:
        raise NoJoinPath(plan.entity, tables)
    return tree


@dataclass(frozen=True, slots=True)
class _CountDeduplicator:
    tree: tuple[Edge, ...]
    roles: Mapping[str, ColumnRoles]

    def item(self, item: Item) -> Item:
        """Count distinct keys where the joins duplicate the counted rows."""
        if not isinstance(item, Measure) or item.function != "count" or item.term or not item.table:
            return item
        key = self.roles[item.table].table.primary_key
        if len(key) == 1 and has_fan_out(item.table, self.tree):
            return Measure("count", ColumnRef(item.table, key[0]), item.table, distinct=True)
        return item

    def condition(self, condition: Condition) -> Condition:
        """Apply the same correction to a condition on groups."""
        if isinstance(condition, Comparison):
            return replace(condition, item=self.item(condition.item))
        return condition


def _use_line_amounts(
    plan: Plan, graph: JoinGraph, roles: Mapping[str, ColumnRoles]
) -> tuple[Plan, tuple[str, ...]]:
    """Sum line amounts instead of order totals where joins to order lines would multiply the totals."""
    summed = [m for m in _all_measures(plan) if m.function == "sum" and isinstance(m.term, ColumnRef)]
    for measure in summed:
        assert isinstance(measure.term, ColumnRef)
        tree = _join_tree(plan, graph)
        if not has_fan_out(measure.term.table, tree):
            continue
        line_amount = next(
            (
                amount
                for edge in tree
                for amount in (_line_amount_along(edge, measure.term, roles),)
                if amount
            ),
            None,
        )
        if line_amount is None:
            continue
        replacer = _MeasureReplacer(measure, Measure("sum", line_amount))
        assumption = "The amount is the sum over the lines (quantity times price" + (
            ", less discount)." if line_amount.discount else ")."
        )
        return replacer.plan(plan), (assumption,)
    return plan, ()


def _all_measures(plan: Plan) -> list[Measure]:
    measures = [item for item in plan.select if isinstance(item, Measure)]
    measures += [order.item for order in plan.order if isinstance(order.item, Measure)]
    measures += [c.item for c in plan.having if isinstance(c, Comparison) and isinstance(c.item, Measure)]
    return measures


@dataclass(frozen=True, slots=True)
class _MeasureReplacer:
    old: Measure
    new: Measure

    def item(self, item: Item) -> Item:
        return self.new if item == self.old else item

    def plan(self, plan: Plan) -> Plan:
        return replace(
            plan,
            select=tuple(self.item(item) for item in plan.select),
            order=tuple(SortKey(self.item(order.item), order.descending) for order in plan.order),
            having=tuple(
                replace(c, item=self.item(c.item)) if isinstance(c, Comparison) else c for c in plan.having
            ),
        )


def _line_amount_along(edge: Edge, total: ColumnRef, roles: Mapping[str, ColumnRoles]) -> LineAmount | None:
    """Derive the amount of a line from a join between the total's table and the table of its lines."""
    if edge.is_to_many and edge.table == total.table:
        return line_amount(roles[edge.other])
    if not edge.is_to_many and edge.other == total.table:
        return line_amount(roles[edge.table])
    return None


def line_amount(roles: ColumnRoles) -> LineAmount | None:
    """Derive quantity times price for a table that has both columns; None otherwise."""
    columns = [column.name for column in roles.table.columns if roles.is_measure(column.name)]
    quantity = _column_with_words(roles, columns, {"quantity", "count", "unit"}, {"price", "cost"})
    price = _column_with_words(roles, columns, {"price"}, set())
    if not quantity or not price:
        return None
    discount = _column_with_words(roles, columns, {"discount", "rebate"}, {"percent", "rate"})
    return LineAmount(
        ColumnRef(roles.name, quantity),
        ColumnRef(roles.name, price),
        ColumnRef(roles.name, discount) if discount else None,
    )


def _column_with_words(
    roles: ColumnRoles, columns: list[str], words: set[str], excluded: set[str]
) -> str | None:
    for name in columns:
        column_words = set(roles.words_of(name))
        if column_words & words and not column_words & excluded:
            return name
    return None

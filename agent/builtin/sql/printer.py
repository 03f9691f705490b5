"""SQL printer: translate query plans into the target's dialect, through sqlglot's builder."""

import re
from collections.abc import Mapping
from dataclasses import replace

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect as SqlDialect

from agent.builtin.plan.join_planner import JoinedPlan, plan_joins
from agent.builtin.plan.model import (
    AgeInYears,
    ColumnRef,
    DateBucket,
    DaysBetween,
    Item,
    LineAmount,
    Measure,
    Percentage,
    Plan,
)
from agent.builtin.schema.column_roles import ColumnRoles
from agent.builtin.sql.expressions import AGGREGATES, SelectPrinter
from schema_docs.search.join_graph import Edge, JoinGraph
from store.catalog import Dialect, Table

AGGREGATE_ALIASES: Mapping[str, str] = {
    "count": "number_of",
    "sum": "total",
    "avg": "average",
    "min": "lowest",
    "max": "highest",
}
"""Prefix of a column alias for each aggregate function."""

_FIXED_ALIASES: Mapping[type, str] = {
    LineAmount: "amount",
    AgeInYears: "age",
    DaysBetween: "days",
    Percentage: "percent",
}


def alias_of(item: Item, facts: Mapping[str, ColumnRoles]) -> str:
    """Choose the alias of an item: `number_of_orders`, `average_price`, `month`."""
    match item:
        case Measure():
            return _measure_alias(item, facts)
        case DateBucket(_, unit):
            return unit
        case ColumnRef(table, column):
            return "_".join(facts[table].words_of(column))
    return _FIXED_ALIASES[type(item)]


def _measure_alias(measure: Measure, facts: Mapping[str, ColumnRoles]) -> str:
    if measure.function == "count":
        return f"number_of_{_counted_alias(measure, facts)}"
    term_alias = alias_of(measure.term, facts) if measure.term else "rows"
    function_alias = AGGREGATE_ALIASES[measure.function]
    return term_alias if term_alias == function_alias else f"{function_alias}_{term_alias}"


def _counted_alias(measure: Measure, facts: Mapping[str, ColumnRoles]) -> str:
    term, table = measure.term, measure.table
    counts_rows = table is not None and isinstance(term, ColumnRef) and term.table == table
    if isinstance(term, ColumnRef) and not (
        counts_rows and term.column in facts[term.table].table.primary_key
    ):
        return alias_of(term, facts)
    return facts[table].table.name.lower() if table else "rows"


_PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_]*$")
_SET_OPERATIONS: Mapping[str, type[exp.SetOperation]] = {
    "union": exp.Union, "intersect": exp.Intersect, "except": exp.Except,
}  # fmt: skip


class SqlPrinter:
    """SQL printer for the plans of one schema."""

    def __init__(self, roles: Mapping[str, ColumnRoles], graph: JoinGraph, dialect: Dialect) -> None:
        self._roles = roles
        self._graph = graph
        self._dialect: Dialect = dialect
        self._keywords = SqlDialect.get_or_raise(dialect).tokenizer_class.KEYWORDS

    def print(self, plan: Plan) -> str:
        """Print a plan as SQL. Raises `NoJoinPath`."""
        return self.write(self.build(plan))

    def build(self, plan: Plan) -> exp.Query:
        """Build the syntax tree of a plan. Raises `NoJoinPath`."""
        return self._query(plan)

    def write(self, query: exp.Query) -> str:
        """Print a syntax tree in the target's dialect."""
        return query.sql(dialect=self._dialect)

    def assumptions(self, plan: Plan) -> tuple[str, ...]:
        """List the assumptions made while planning joins. Raises `NoJoinPath`."""
        return plan_joins(plan, self._graph, self._roles).assumptions

    def _query(self, plan: Plan) -> exp.Query:
        joined = plan_joins(plan, self._graph, self._roles)
        plan = joined.plan
        query: exp.Query = self._select_top_per_group(joined) if plan.partition_by else self._select(joined)
        if plan.outer_function:
            query = self._select_outer_aggregate(plan, query)
        if plan.set_operation:
            kind = _SET_OPERATIONS[plan.set_operation.operator]
            query = kind(this=query, expression=self._query(plan.set_operation.plan), distinct=True)
        return query

    def _select(self, joined: JoinedPlan) -> exp.Select:
        plan = joined.plan
        single = not joined.joins
        printer = SelectPrinter(self, single)
        query = exp.select(*(self._select_item(printer, item, plan) for item in plan.select))
        query = query.from_(self._table(joined.root))
        for edge in joined.joins:
            query = query.join(self._table(edge.other), on=self._join_condition(edge))
        for condition in plan.where:
            query = query.where(printer.condition(condition))
        if plan.group:
            query = query.group_by(*(printer.item(item) for item in plan.group))
        for condition in plan.having:
            query = query.having(printer.condition(condition))
        if plan.order:
            query = query.order_by(*(printer.order(order, plan.limit is not None) for order in plan.order))
        if plan.limit is not None:
            query = query.limit(plan.limit)
        return query.distinct() if plan.distinct else query

    def _select_item(self, printer: SelectPrinter, item: Item, plan: Plan) -> exp.Expr:
        """Print a SELECT item; computed items and ambiguous columns get an alias."""
        expression = printer.item(item)
        name = alias_of(item, self._roles)
        if isinstance(item, ColumnRef):
            if sum(isinstance(other, ColumnRef) and other.column == item.column for other in plan.select) < 2:
                return expression
            name = f"{self._roles[item.table].table.name.lower()}_{item.column.lower()}"
        return exp.alias_(expression, self._name(name))

    def _select_top_per_group(self, joined: JoinedPlan) -> exp.Select:
        """Select the first rows of each group with a ROW_NUMBER window."""
        plan = joined.plan
        printer = SelectPrinter(self, single=not joined.joins)
        inner = self._select(replace(joined, plan=replace(plan, order=(), limit=None, partition_by=())))
        row_number = exp.Window(
            this=exp.RowNumber(),
            partition_by=[printer.item(item) for item in plan.partition_by],
            order=exp.Order(expressions=[printer.order(order, limited=True) for order in plan.order]),
        )
        names = [projection.alias_or_name for projection in inner.expressions]
        inner = inner.select(exp.alias_(row_number, "place"))
        in_limit = exp.column("place") <= exp.Literal.number(plan.limit or 1)
        return (
            exp.select(*(self.derived_column(name) for name in names))
            .from_(inner.subquery("placed"))
            .where(in_limit)
        )

    def _select_outer_aggregate(self, plan: Plan, query: exp.Query) -> exp.Select:
        """Aggregate the numbers of a query, such as the average number of orders per customer."""
        column = query.expressions[-1].alias_or_name if isinstance(query, exp.Select) else "number"
        aggregate = AGGREGATES[plan.outer_function or "avg"](this=self.derived_column(column))
        return exp.select(
            exp.alias_(aggregate, f"{AGGREGATE_ALIASES[plan.outer_function or 'avg']}_{column}")
        ).from_(query.subquery("counted"))

    def subquery(self, plan: Plan) -> exp.Subquery:
        """Print a nested plan in parentheses."""
        return self._query(plan).subquery()

    def column(self, col: ColumnRef, *, single: bool) -> exp.Column:
        """Print a column, qualified by its table unless `single`."""
        table = None if single else self._name(self._roles[col.table].table.name)
        return exp.Column(this=self._name(col.column), table=table)

    def derived_column(self, name: str) -> exp.Column:
        """Print a column of a derived table."""
        return exp.Column(this=self._name(name))

    @property
    def dialect(self) -> Dialect:
        """SQL dialect of the output."""
        return self._dialect

    def _name(self, name: str) -> exp.Identifier:
        plain = _PLAIN_NAME.match(name) and name.upper() not in self._keywords
        return exp.to_identifier(name, quoted=not plain)

    def _table(self, name: str) -> exp.Table:
        table: Table = self._roles[name].table
        schema = self._name(table.schema) if table.schema and not self._is_default(table) else None
        return exp.Table(this=self._name(table.name), db=schema)

    def _is_default(self, table: Table) -> bool:
        return table.schema == self._roles[table.full_name].schema.catalog.default_schema

    def _join_condition(self, edge: Edge) -> exp.Expr:
        pairs = zip(edge.columns, edge.referenced_columns, strict=True)
        return exp.and_(
            *(
                exp.EQ(
                    this=self.column(ColumnRef(edge.table, column), single=False),
                    expression=self.column(ColumnRef(edge.other, other_column), single=False),
                )
                for column, other_column in pairs
            )
        )


def has_valid_aggregation(query: exp.Query) -> bool:
    """Check that every SELECT has columns and uses aggregates only where SQL allows them.

    Follow-up edits can leave a plan without columns, or sort ungrouped rows by a count. Engines reject such
    queries, so the analyst asks for clarification instead.
    """
    return all(_select_is_valid(select) for select in query.find_all(exp.Select))


def _select_is_valid(select: exp.Select) -> bool:
    if not select.expressions:
        return False
    where, order = select.args.get("where"), select.args.get("order")
    if where is not None and _has_aggregate(where, select):
        return False
    if select.args.get("group") is not None or order is None:
        return True
    return not _has_aggregate(order, select) or all(
        _has_aggregate(expression, select) for expression in select.expressions
    )


def _has_aggregate(part: exp.Expr, select: exp.Select) -> bool:
    """Check whether a part of a SELECT aggregates its rows, outside of subqueries and windows."""
    return any(
        aggregate.find_ancestor(exp.Select) is select and not isinstance(aggregate.parent, exp.Window)
        for aggregate in part.find_all(exp.AggFunc)
    )

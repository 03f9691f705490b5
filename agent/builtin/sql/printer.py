"""Print a completed plan as SQL in the target's dialect, through sqlglot's builder."""

import re
from collections.abc import Mapping
from dataclasses import replace

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect as SqlDialect

from agent.builtin.plan.aliases import SAID, alias_of
from agent.builtin.plan.join_planner import Completed, complete
from agent.builtin.plan.model import (
    Col,
    Item,
    Plan,
)
from agent.builtin.schema.column_roles import Facts
from agent.builtin.schema.join_graph import Edge, JoinGraph
from agent.builtin.sql.expressions import FUNCTIONS, Scope
from store.catalog import Dialect, Table

_PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_]*$")
_SETS: Mapping[str, type[exp.SetOperation]] = {
    "union": exp.Union, "intersect": exp.Intersect, "except": exp.Except,
}  # fmt: skip


class Printer:
    """Prints plans for one schema."""

    def __init__(self, facts: Mapping[str, Facts], graph: JoinGraph, dialect: Dialect) -> None:
        self._facts = facts
        self._graph = graph
        self._dialect: Dialect = dialect
        self._keywords = SqlDialect.get_or_raise(dialect).tokenizer_class.KEYWORDS

    def print(self, plan: Plan) -> str:
        """Write a plan as SQL. Raises `NoJoin`."""
        return self.write(self.build(plan))

    def build(self, plan: Plan) -> exp.Query:
        """Make a query of a plan. Raises `NoJoin`."""
        return self._query(plan)

    def write(self, query: exp.Query) -> str:
        """Write a query in the target's dialect."""
        return query.sql(dialect=self._dialect)

    def assumptions(self, plan: Plan) -> tuple[str, ...]:
        """What completing a plan takes for granted. Raises `NoJoin`."""
        return complete(plan, self._graph, self._facts).assumptions

    def _query(self, plan: Plan) -> exp.Query:
        completed = complete(plan, self._graph, self._facts)
        plan = completed.plan
        query: exp.Query = self._each(completed) if plan.each else self._select(completed)
        if plan.over:
            query = self._over(plan, query)
        if plan.combined:
            kind = _SETS[plan.combined.how]
            query = kind(this=query, expression=self._query(plan.combined.plan), distinct=True)
        return query

    def _select(self, completed: Completed) -> exp.Select:
        plan = completed.plan
        single = not completed.joins
        scope = Scope(self, single)
        query = exp.select(*(self._shown(scope, item, plan) for item in plan.show))
        query = query.from_(self._table(completed.root))
        for edge in completed.joins:
            query = query.join(self._table(edge.other), on=self._on(edge))
        for condition in plan.where:
            query = query.where(scope.condition(condition))
        if plan.group:
            query = query.group_by(*(scope.item(item) for item in plan.group))
        for condition in plan.having:
            query = query.having(scope.condition(condition))
        if plan.order:
            query = query.order_by(*(scope.order(order, plan.limit is not None) for order in plan.order))
        if plan.limit is not None:
            query = query.limit(plan.limit)
        return query.distinct() if plan.distinct else query

    def _shown(self, scope: Scope, item: Item, plan: Plan) -> exp.Expr:
        """An item as it is selected: what is more than a column has a name of its own."""
        written = scope.item(item)
        name = alias_of(item, self._facts)
        if isinstance(item, Col):
            if sum(isinstance(other, Col) and other.column == item.column for other in plan.show) < 2:
                return written
            name = f"{self._facts[item.table].table.name.lower()}_{item.column.lower()}"
        return exp.alias_(written, self._name(name))

    def _each(self, completed: Completed) -> exp.Select:
        """The best rows within each group, by numbering them."""
        plan = completed.plan
        scope = Scope(self, single=not completed.joins)
        inner = self._select(replace(completed, plan=replace(plan, order=(), limit=None, each=())))
        place = exp.Window(
            this=exp.RowNumber(),
            partition_by=[scope.item(item) for item in plan.each],
            order=exp.Order(expressions=[scope.order(order, last=True) for order in plan.order]),
        )
        names = [projection.alias_or_name for projection in inner.expressions]
        inner = inner.select(exp.alias_(place, "place"))
        wanted = exp.column("place") <= exp.Literal.number(plan.limit or 1)
        return (
            exp.select(*(self.column_named(name) for name in names))
            .from_(inner.subquery("placed"))
            .where(wanted)
        )

    def _over(self, plan: Plan, query: exp.Query) -> exp.Select:
        """One number over the numbers of a query, such as the average number of orders per customer."""
        number = query.expressions[-1].alias_or_name if isinstance(query, exp.Select) else "number"
        over = FUNCTIONS[plan.over or "avg"](this=self.column_named(number))
        return exp.select(exp.alias_(over, f"{SAID[plan.over or 'avg']}_{number}")).from_(
            query.subquery("counted")
        )

    def subquery(self, plan: Plan) -> exp.Subquery:
        """A plan in parentheses."""
        return self._query(plan).subquery()

    def column(self, col: Col, *, single: bool) -> exp.Column:
        """A column, with its table where there are several."""
        table = None if single else self._name(self._facts[col.table].table.name)
        return exp.Column(this=self._name(col.column), table=table)

    def column_named(self, name: str) -> exp.Column:
        """A column of a sub-query."""
        return exp.Column(this=self._name(name))

    @property
    def dialect(self) -> Dialect:
        """The dialect that is printed."""
        return self._dialect

    def _name(self, name: str) -> exp.Identifier:
        plain = _PLAIN_NAME.match(name) and name.upper() not in self._keywords
        return exp.to_identifier(name, quoted=not plain)

    def _table(self, name: str) -> exp.Table:
        table: Table = self._facts[name].table
        schema = self._name(table.schema) if table.schema and not self._is_default(table) else None
        return exp.Table(this=self._name(table.name), db=schema)

    def _is_default(self, table: Table) -> bool:
        return table.schema == self._facts[table.full_name].schema.catalog.default_schema

    def _on(self, edge: Edge) -> exp.Expr:
        pairs = zip(edge.columns, edge.other_columns, strict=True)
        return exp.and_(
            *(
                exp.EQ(
                    this=self.column(Col(edge.table, one), single=False),
                    expression=self.column(Col(edge.other, other), single=False),
                )
                for one, other in pairs
            )
        )


def is_sound(query: exp.Query) -> bool:
    """Say whether every SELECT shows something, and counts and sums only where rows are put together.

    Edits of a plan can leave it without columns, or sort single rows by a count: no engine takes that, and a
    person should be asked back instead.
    """
    return all(_is_sound(select) for select in query.find_all(exp.Select))


def _is_sound(select: exp.Select) -> bool:
    if not select.expressions:
        return False
    where, order = select.args.get("where"), select.args.get("order")
    if where is not None and _aggregates(where, select):
        return False
    if select.args.get("group") is not None or order is None:
        return True
    return not _aggregates(order, select) or all(_aggregates(shown, select) for shown in select.expressions)


def _aggregates(part: exp.Expr, select: exp.Select) -> bool:
    """Whether a part of a SELECT adds up its rows itself, not in a sub-query or a window."""
    return any(
        found.find_ancestor(exp.Select) is select and not isinstance(found.parent, exp.Window)
        for found in part.find_all(exp.AggFunc)
    )

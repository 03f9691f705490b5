"""Print a completed plan as SQL in the target's dialect, through sqlglot's builder."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect as SqlDialect

from agent.builtin import spell_dates
from agent.builtin.complete import Completed, complete
from agent.builtin.facts import Facts
from agent.builtin.joins import Edge, JoinGraph
from agent.builtin.plan import (
    AllOf,
    AnyOf,
    Between,
    Bucket,
    Col,
    Compare,
    Condition,
    During,
    Item,
    LineAmount,
    Measure,
    Member,
    Missing,
    OneOf,
    Order,
    Plan,
    Scalar,
    Share,
    Span,
    Years,
)
from store.catalog import Dialect, Table

_PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_]*$")
_COMPARISONS: Mapping[str, type[exp.Binary]] = {
    "=": exp.EQ, "<>": exp.NEQ, ">": exp.GT, ">=": exp.GTE, "<": exp.LT, "<=": exp.LTE,
}  # fmt: skip
_SETS: Mapping[str, type[exp.SetOperation]] = {
    "union": exp.Union, "intersect": exp.Intersect, "except": exp.Except,
}  # fmt: skip
_FUNCTIONS: Mapping[str, type[exp.AggFunc]] = {
    "count": exp.Count, "sum": exp.Sum, "avg": exp.Avg, "min": exp.Min, "max": exp.Max,
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
        return self._query(plan).sql(dialect=self._dialect)

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
        scope = _Scope(self, single)
        query = exp.select(*(scope.shown(item, plan) for item in plan.show))
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

    def _each(self, completed: Completed) -> exp.Select:
        """The best rows within each group, by numbering them."""
        plan = completed.plan
        scope = _Scope(self, single=not completed.joins)
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
        over = _FUNCTIONS[plan.over or "avg"](this=self.column_named(number))
        return exp.select(exp.alias_(over, f"{_SAID[plan.over or 'avg']}_{number}")).from_(
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

    def alias(self, name: str) -> exp.Identifier:
        """A name for a column of the result."""
        return self._name(name)

    def words_of(self, col: Col) -> str:
        """A column's name in small letters, as part of an alias."""
        return "_".join(self._facts[col.table].words_of(col.column))

    def name_of(self, table: str) -> str:
        """A table's bare name."""
        return self._facts[table].table.name.lower()

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


_SAID = {"count": "number_of", "sum": "total", "avg": "average", "min": "lowest", "max": "highest"}


class _Scope:
    """Prints the parts of one SELECT."""

    def __init__(self, printer: Printer, single: bool) -> None:
        self._printer = printer
        self._single = single

    def shown(self, item: Item, plan: Plan) -> exp.Expr:
        """An item as it is selected: what is more than a column has a name of its own."""
        written = self.item(item)
        if isinstance(item, Col):
            twice = sum(isinstance(other, Col) and other.column == item.column for other in plan.show) > 1
            if not twice:
                return written
            name = f"{self._printer.name_of(item.table)}_{item.column.lower()}"
        else:
            name = self._alias(item)
        return exp.alias_(written, self._printer.alias(name))

    def _alias(self, item: Item) -> str:
        match item:
            case Measure(function, term, of):
                if function == "count":
                    about = self._printer.name_of(of) if of else "rows"
                    if isinstance(term, Col) and not (
                        of and term.table == of and term.column in self._keys(of)
                    ):
                        about = self._printer.words_of(term)
                    return f"number_of_{about}"
                about = self._alias(term) if term else "rows"
                return about if about == _SAID[function] else f"{_SAID[function]}_{about}"
            case Bucket(_, unit):
                return unit
            case Col():
                return self._printer.words_of(item)
            case LineAmount():
                return "amount"
            case Years():
                return "age"
            case Span():
                return "days"
            case Share():
                return "percent"

    def _keys(self, table: str) -> Iterable[str]:
        return self._printer._facts[table].table.primary_key

    def item(self, item: Item) -> exp.Expr:
        """An item as an expression."""
        match item:
            case Col():
                return self._printer.column(item, single=self._single)
            case Bucket(col, unit):
                return spell_dates.bucket(self.item(col), unit, self._printer.dialect)
            case LineAmount(quantity, price, discount):
                amount: exp.Expr = exp.Mul(this=self.item(quantity), expression=self.item(price))
                return exp.Sub(this=amount, expression=self.item(discount)) if discount else amount
            case Years(col, today):
                return spell_dates.years(self.item(col), today, self._printer.dialect)
            case Span(start, end):
                return spell_dates.days(self.item(start), self.item(end), self._printer.dialect)
            case Measure():
                return self._measure(item)
            case Share(part, _):
                return self._share(part)

    def _measure(self, measure: Measure) -> exp.Expr:
        inner = self.item(measure.term) if measure.term else exp.Star()
        if measure.distinct:
            inner = exp.Distinct(expressions=[inner])
        return _FUNCTIONS[measure.function](this=inner)

    def _share(self, part: Condition) -> exp.Expr:
        one = exp.Case().when(self.condition(part), exp.Literal.number(1)).else_(exp.Literal.number(0))
        hundred = exp.Mul(this=exp.Literal.number("100.0"), expression=exp.Sum(this=one))
        return exp.Div(this=hundred, expression=exp.Count(this=exp.Star()), typed=True)

    def order(self, order: Order, last: bool) -> exp.Ordered:
        """A key to sort by; where only the first rows are kept, empty values come last."""
        nulls = False if last and not isinstance(order.item, Measure) else self._by_default(order)
        return exp.Ordered(this=self.item(order.item), desc=order.descending, nulls_first=nulls)

    def _by_default(self, order: Order) -> bool:
        """Where the dialect itself puts empty values, so that nothing is printed."""
        small = self._printer.dialect == "sqlite"
        return small != order.descending

    def condition(self, condition: Condition) -> exp.Expr:
        """A condition as an expression."""
        match condition:
            case AllOf(parts):
                return exp.and_(*(self.condition(part) for part in parts))
            case AnyOf(parts):
                return exp.paren(exp.or_(*(self.condition(part) for part in parts)))
            case Compare():
                return self._compare(condition)
            case OneOf(item, values, negated):
                listed = exp.In(this=self.item(item), expressions=[literal(value) for value in values])
                return exp.not_(listed) if negated else listed
            case Between(item, low, high, negated):
                between = exp.Between(this=self.item(item), low=literal(low), high=literal(high))
                return exp.not_(between) if negated else between
            case During():
                return self._during(condition)
            case Missing(item, negated):
                empty = exp.Is(this=self.item(item), expression=exp.Null())
                return exp.not_(empty) if negated else empty
            case Member(col, plan, negated):
                within = exp.In(this=self.item(col), query=self._printer.subquery(plan))
                return exp.not_(within) if negated else within

    def _compare(self, condition: Compare) -> exp.Expr:
        left = self.item(condition.item)
        match condition.value:
            case Plan() as plan:
                right: exp.Expr = self._printer.subquery(plan)
            case str() | int() | float() | bool() as value:
                if condition.op in {"like", "not like"}:
                    return _like(left, str(value), condition.op == "not like")
                right = literal(value)
            case item:
                right = self.item(item)
        return _COMPARISONS[condition.op](this=left, expression=right)

    def _during(self, condition: During) -> exp.Expr:
        column = self.item(condition.item)
        parts: list[exp.Expr] = []
        if condition.start:
            parts.append(exp.GTE(this=column, expression=exp.Literal.string(condition.start)))
        if condition.end:
            parts.append(exp.LT(this=column.copy(), expression=exp.Literal.string(condition.end)))
        within = exp.and_(*parts)
        return exp.not_(exp.paren(within)) if condition.negated else within


def literal(value: Scalar) -> exp.Expr:
    """A value as SQL writes it."""
    if isinstance(value, bool):
        return exp.true() if value else exp.false()
    if isinstance(value, str):
        return exp.Literal.string(value)
    return exp.Literal.number(value) if value >= 0 else exp.Neg(this=exp.Literal.number(-value))


def _like(column: exp.Expr, pattern: str, negated: bool) -> exp.Expr:
    like = exp.Like(this=exp.Lower(this=column), expression=exp.Literal.string(pattern.lower()))
    return exp.not_(like) if negated else like

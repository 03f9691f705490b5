"""Print the parts of a SELECT: items, conditions, and what sorts."""

from collections.abc import Mapping
from typing import Protocol

from sqlglot import exp

from agent.builtin.plan.model import (
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
from agent.builtin.sql import dates
from store.catalog import Dialect


class Names(Protocol):
    """Who prints columns and whole plans."""

    @property
    def dialect(self) -> Dialect:
        """The dialect that is printed."""
        ...

    def column(self, col: Col, *, single: bool) -> exp.Column:
        """A column, with its table where there are several."""
        ...

    def subquery(self, plan: Plan) -> exp.Subquery:
        """A plan in parentheses."""
        ...


COMPARISONS: Mapping[str, type[exp.Binary]] = {
    "=": exp.EQ, "<>": exp.NEQ, ">": exp.GT, ">=": exp.GTE, "<": exp.LT, "<=": exp.LTE,
}  # fmt: skip
FUNCTIONS: Mapping[str, type[exp.AggFunc]] = {
    "count": exp.Count, "sum": exp.Sum, "avg": exp.Avg, "min": exp.Min, "max": exp.Max,
}  # fmt: skip


class Scope:
    """Prints the parts of one SELECT; `single`: of one table, so that columns need no table before them."""

    def __init__(self, printer: Names, single: bool) -> None:
        self._printer = printer
        self._single = single

    def item(self, item: Item) -> exp.Expr:
        """An item as an expression."""
        match item:
            case Col():
                return self._printer.column(item, single=self._single)
            case Bucket(col, unit):
                return dates.bucket(self.item(col), unit, self._printer.dialect)
            case LineAmount(quantity, price, discount):
                amount: exp.Expr = exp.Mul(this=self.item(quantity), expression=self.item(price))
                return exp.Sub(this=amount, expression=self.item(discount)) if discount else amount
            case Years(col, today):
                return dates.years(self.item(col), today, self._printer.dialect)
            case Span(start, end):
                return dates.days(self.item(start), self.item(end), self._printer.dialect)
            case Measure():
                return self._measure(item)
            case Share(part, _):
                return self._share(part)

    def _measure(self, measure: Measure) -> exp.Expr:
        inner = self.item(measure.term) if measure.term else exp.Star()
        if measure.distinct:
            inner = exp.Distinct(expressions=[inner])
        return FUNCTIONS[measure.function](this=inner)

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
            case _:
                plain = self._plain(condition)
                return exp.not_(plain) if condition.negated else plain

    def _plain(self, condition: OneOf | Between | During | Missing | Member) -> exp.Expr:
        """A condition without its negation."""
        match condition:
            case OneOf(item, values):
                return exp.In(this=self.item(item), expressions=[literal(value) for value in values])
            case Between(item, low, high):
                return exp.Between(this=self.item(item), low=literal(low), high=literal(high))
            case During():
                return self._during(condition)
            case Missing(item):
                return exp.Is(this=self.item(item), expression=exp.Null())
            case Member(col, plan):
                return exp.In(this=self.item(col), query=self._printer.subquery(plan))

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
        return COMPARISONS[condition.op](this=left, expression=right)

    def _during(self, condition: During) -> exp.Expr:
        column = self.item(condition.item)
        parts: list[exp.Expr] = []
        if condition.start:
            parts.append(exp.GTE(this=column, expression=exp.Literal.string(condition.start)))
        if condition.end:
            parts.append(exp.LT(this=column.copy(), expression=exp.Literal.string(condition.end)))
        within = exp.and_(*parts)
        return exp.paren(within) if condition.negated else within


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

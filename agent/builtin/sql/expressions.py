"""SQL expressions for the parts of a SELECT: items, conditions and sort keys."""

from collections.abc import Mapping
from typing import Protocol

from sqlglot import exp

from agent.builtin.plan.model import (
    AgeInYears,
    And,
    Between,
    ColumnRef,
    Comparison,
    Condition,
    DateBucket,
    DaysBetween,
    InList,
    InPeriod,
    InSubquery,
    IsNull,
    Item,
    LineAmount,
    Measure,
    Or,
    Percentage,
    Plan,
    Scalar,
    SortKey,
)
from agent.builtin.sql import dates
from store.catalog import Dialect


class IdentifierPrinter(Protocol):
    """Printer of column names and nested plans."""

    @property
    def dialect(self) -> Dialect:
        """SQL dialect of the output."""
        ...

    def column(self, col: ColumnRef, *, single: bool) -> exp.Column:
        """Print a column, qualified by its table unless `single`."""
        ...

    def subquery(self, plan: Plan) -> exp.Subquery:
        """Print a nested plan in parentheses."""
        ...


COMPARISONS: Mapping[str, type[exp.Binary]] = {
    "=": exp.EQ, "<>": exp.NEQ, ">": exp.GT, ">=": exp.GTE, "<": exp.LT, "<=": exp.LTE,
}  # fmt: skip
AGGREGATES: Mapping[str, type[exp.AggFunc]] = {
    "count": exp.Count, "sum": exp.Sum, "avg": exp.Avg, "min": exp.Min, "max": exp.Max,
}  # fmt: skip


class SelectPrinter:
    """Printer of the parts of one SELECT; `single` means one table, so that columns stay unqualified."""

    def __init__(self, printer: IdentifierPrinter, single: bool) -> None:
        self._printer = printer
        self._single = single

    def item(self, item: Item) -> exp.Expr:
        """Print an item as an expression."""
        match item:
            case ColumnRef():
                return self._printer.column(item, single=self._single)
            case DateBucket(col, unit):
                return dates.truncate_date(self.item(col), unit, self._printer.dialect)
            case LineAmount(quantity, price, discount):
                amount: exp.Expr = exp.Mul(this=self.item(quantity), expression=self.item(price))
                return exp.Sub(this=amount, expression=self.item(discount)) if discount else amount
            case AgeInYears(col, today):
                return dates.years_between(self.item(col), today, self._printer.dialect)
            case DaysBetween(start, end):
                return dates.days_between(self.item(start), self.item(end), self._printer.dialect)
            case Measure():
                return self._measure(item)
            case Percentage(part, _):
                return self._percentage(part)

    def _measure(self, measure: Measure) -> exp.Expr:
        inner = self.item(measure.term) if measure.term else exp.Star()
        if measure.distinct:
            inner = exp.Distinct(expressions=[inner])
        return AGGREGATES[measure.function](this=inner)

    def _percentage(self, condition: Condition) -> exp.Expr:
        flag = exp.Case().when(self.condition(condition), exp.Literal.number(1)).else_(exp.Literal.number(0))
        hundred = exp.Mul(this=exp.Literal.number("100.0"), expression=exp.Sum(this=flag))
        return exp.Div(this=hundred, expression=exp.Count(this=exp.Star()), typed=True)

    def order(self, order: SortKey, limited: bool) -> exp.Ordered:
        """Print a sort key; with a LIMIT, NULLs sort last."""
        nulls_first = (
            False if limited and not isinstance(order.item, Measure) else self._default_nulls_first(order)
        )
        return exp.Ordered(this=self.item(order.item), desc=order.descending, nulls_first=nulls_first)

    def _default_nulls_first(self, order: SortKey) -> bool:
        """Tell where the dialect sorts NULLs by default, so that no NULLS clause is printed."""
        nulls_are_smallest = self._printer.dialect == "sqlite"
        return nulls_are_smallest != order.descending

    def condition(self, condition: Condition) -> exp.Expr:
        """Print a condition as an expression."""
        match condition:
            case And(parts):
                return exp.and_(*(self.condition(part) for part in parts))
            case Or(parts):
                return exp.paren(exp.or_(*(self.condition(part) for part in parts)))
            case Comparison():
                return self._compare(condition)
            case _:
                plain = self._predicate(condition)
                return exp.not_(plain) if condition.negated else plain

    def _predicate(self, condition: InList | Between | InPeriod | IsNull | InSubquery) -> exp.Expr:
        """Print a condition without its negation."""
        match condition:
            case InList(item, values):
                return exp.In(this=self.item(item), expressions=[print_literal(value) for value in values])
            case Between(item, low, high):
                return exp.Between(this=self.item(item), low=print_literal(low), high=print_literal(high))
            case InPeriod():
                return self._in_period(condition)
            case IsNull(item):
                return exp.Is(this=self.item(item), expression=exp.Null())
            case InSubquery(col, plan):
                return exp.In(this=self.item(col), query=self._printer.subquery(plan))

    def _compare(self, condition: Comparison) -> exp.Expr:
        operand = self.item(condition.item)
        match condition.value:
            case Plan() as plan:
                other_operand: exp.Expr = self._printer.subquery(plan)
            case str() | int() | float() | bool() as value:
                if condition.op in {"like", "not like"}:
                    return _like(operand, str(value), condition.op == "not like")
                other_operand = print_literal(value)
            case item:
                other_operand = self.item(item)
        return COMPARISONS[condition.op](this=operand, expression=other_operand)

    def _in_period(self, condition: InPeriod) -> exp.Expr:
        column = self.item(condition.item)
        parts: list[exp.Expr] = []
        if condition.start:
            parts.append(exp.GTE(this=column, expression=exp.Literal.string(condition.start)))
        if condition.end:
            parts.append(exp.LT(this=column.copy(), expression=exp.Literal.string(condition.end)))
        in_range = exp.and_(*parts)
        return exp.paren(in_range) if condition.negated else in_range


def print_literal(value: Scalar) -> exp.Expr:
    """Print a scalar as a SQL literal."""
    if isinstance(value, bool):
        return exp.true() if value else exp.false()
    if isinstance(value, str):
        return exp.Literal.string(value)
    return exp.Literal.number(value) if value >= 0 else exp.Neg(this=exp.Literal.number(-value))


def _like(column: exp.Expr, pattern: str, negated: bool) -> exp.Expr:
    like = exp.Like(this=exp.Lower(this=column), expression=exp.Literal.string(pattern.lower()))
    return exp.not_(like) if negated else like

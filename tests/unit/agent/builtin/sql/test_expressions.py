"""How the parts of a SELECT are printed."""

from dataclasses import dataclass

import pytest
from sqlglot import exp

from agent.builtin.plan.model import (
    ColumnRef,
    Comparison,
    Condition,
    InList,
    InPeriod,
    IsNull,
    LineAmount,
    Measure,
    Or,
    Percentage,
    Plan,
    Scalar,
    SortKey,
)
from agent.builtin.sql.expressions import SelectPrinter, print_literal
from store.catalog import Dialect

TOTAL, STATUS = ColumnRef("orders", "total"), ColumnRef("orders", "status")
ORDERED = ColumnRef("orders", "ordered_at")


@dataclass
class PlainNames:
    """Prints columns as they are called, and of a plan only its table."""

    dialect: Dialect = "sqlite"

    def column(self, col: ColumnRef, *, single: bool) -> exp.Column:
        return exp.column(col.column, table=None if single else col.table)

    def subquery(self, plan: Plan) -> exp.Subquery:
        return exp.select("*").from_(plan.entity).subquery()


def scope(*, single: bool = True) -> SelectPrinter:
    return SelectPrinter(PlainNames(), single)


@pytest.mark.parametrize(
    ("condition", "sql"),
    [
        (Comparison(TOTAL, ">=", 10), "total >= 10"),
        (Comparison(STATUS, "not like", "%Paid%"), "NOT LOWER(status) LIKE '%paid%'"),
        (InList(STATUS, ("a", "b"), negated=True), "NOT status IN ('a', 'b')"),
        (IsNull(STATUS), "status IS NULL"),
        (Or((Comparison(TOTAL, "<", 1), IsNull(TOTAL))), "(total < 1 OR total IS NULL)"),
        (
            InPeriod(ORDERED, "2025-01-01", "2026-01-01", "2025"),
            "ordered_at >= '2025-01-01' AND ordered_at < '2026-01-01'",
        ),
    ],
)
def test_a_condition_is_printed_as_it_is_meant(condition: Condition, sql: str) -> None:
    assert scope().condition(condition).sql("sqlite") == sql


def test_the_whole_period_is_negated_and_not_only_its_beginning() -> None:
    outside = InPeriod(ORDERED, "2025-01-01", "2026-01-01", "2025", negated=True)
    printed = scope().condition(outside).sql("sqlite")
    assert printed == "NOT (ordered_at >= '2025-01-01' AND ordered_at < '2026-01-01')"


def test_columns_carry_their_table_where_there_are_several() -> None:
    amount = LineAmount(ColumnRef("lines", "quantity"), ColumnRef("products", "price"))
    assert scope(single=False).item(amount).sql("sqlite") == "lines.quantity * products.price"


def test_a_share_is_a_percentage_of_all_rows() -> None:
    printed = scope().item(Percentage(Comparison(STATUS, "=", "paid"), "orders")).sql("sqlite")
    assert printed == "100.0 * SUM(CASE WHEN status = 'paid' THEN 1 ELSE 0 END) / COUNT(*)"


def test_distinct_values_are_counted_once() -> None:
    assert scope().item(Measure("count", STATUS, distinct=True)).sql("sqlite") == "COUNT(DISTINCT status)"


def test_empty_values_come_last_where_only_the_first_rows_are_kept() -> None:
    assert "NULLS LAST" in scope().order(SortKey(TOTAL), limited=True).sql("sqlite")
    assert "NULLS" not in scope().order(SortKey(TOTAL), limited=False).sql("sqlite")


@pytest.mark.parametrize(
    ("value", "sql"), [(True, "TRUE"), (-2.5, "-2.5"), (7, "7"), ("O'Hara", "'O''Hara'")]
)
def test_a_value_is_written_as_sql_writes_it(value: Scalar, sql: str) -> None:
    assert print_literal(value).sql("postgres") == sql

import sqlite3
from datetime import date

import duckdb
import pytest
from sqlglot import exp

from agent.builtin.plan.model import CalendarUnit
from agent.builtin.sql.dates import days_between, truncate_date, years_between

COLUMN = exp.column("d")


@pytest.mark.parametrize(
    ("unit", "cut"),
    [
        ("day", date(2026, 11, 21)),
        ("week", date(2026, 11, 16)),
        ("month", "2026-11"),
        ("quarter", "2026-Q4"),
        ("year", 2026),
        ("weekday", 6),
        ("hour", 14),
    ],
)
def test_dates_are_cut_in_duckdb(unit: CalendarUnit, cut: object) -> None:
    assert run_in_duckdb(truncate_date(COLUMN, unit, "duckdb")) == cut


def test_ages_and_spans_are_told_in_duckdb() -> None:
    assert run_in_duckdb(years_between(COLUMN, "2030-11-20", "duckdb")) == 3
    assert run_in_duckdb(days_between(exp.Literal.string("2026-11-20 02:30:00"), COLUMN, "duckdb")) == 1.5


def run_in_duckdb(expression: exp.Expr) -> object:
    # A text that is a date counts as one.
    moments = exp.select(exp.alias_(exp.Literal.string("2026-11-21 14:30:00"), "d")).subquery("t")
    with duckdb.connect() as connection:
        row = connection.execute(exp.select(expression).from_(moments).sql(dialect="duckdb")).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize(
    ("unit", "sql"),
    [
        ("month", "DATE_FORMAT(d, '%Y-%m')"),
        ("quarter", "CONCAT(YEAR(d), '-Q', QUARTER(d))"),
        ("week", "DATE(d) - INTERVAL (WEEKDAY(d)) DAY"),
        ("day", "DATE(d)"),
        ("year", "YEAR(d)"),
        ("weekday", "WEEKDAY(d) + 1"),
        ("hour", "HOUR(d)"),
    ],
)
def test_dates_are_cut_in_mysql(unit: CalendarUnit, sql: str) -> None:
    assert truncate_date(COLUMN, unit, "mysql").sql(dialect="mysql") == sql


def test_ages_and_spans_are_told_in_mysql() -> None:
    assert years_between(COLUMN, "2030-11-20", "mysql").sql("mysql") == "TIMESTAMPDIFF(YEAR, d, '2030-11-20')"
    assert days_between(COLUMN, COLUMN, "mysql").sql("mysql") == "TIMESTAMPDIFF(SECOND, d, d) / 86400.0"


def run(expression: exp.Expr, day: str) -> object:
    sql = exp.select(expression).from_("t").sql(dialect="sqlite")
    connection = sqlite3.connect(":memory:")
    connection.execute("create table t (d text)")
    connection.execute("insert into t values (?)", (day,))
    (value,) = connection.execute(sql).fetchone()
    connection.close()
    return value


@pytest.mark.parametrize(
    ("unit", "cut"),
    [
        ("day", "2026-11-21"),
        ("week", "2026-11-16"),
        ("month", "2026-11"),
        ("quarter", "2026-Q4"),
        ("year", 2026),
        ("weekday", 6),
        ("hour", 14),
    ],
)
def test_dates_are_cut_in_sqlite(unit: CalendarUnit, cut: object) -> None:
    assert run(truncate_date(COLUMN, unit, "sqlite"), "2026-11-21 14:30:00") == cut


@pytest.mark.parametrize(
    ("unit", "sql"),
    [
        ("month", "TO_CHAR(d, 'YYYY-MM')"),
        ("quarter", "TO_CHAR(d, 'YYYY-\"Q\"Q')"),
        ("week", "CAST(DATE_TRUNC('WEEK', d) AS DATE)"),
        ("day", "CAST(d AS DATE)"),
        ("year", "CAST(EXTRACT(YEAR FROM d) AS INT)"),
        ("weekday", "CAST(EXTRACT(ISODOW FROM d) AS INT)"),
    ],
)
def test_dates_are_cut_in_postgresql(unit: CalendarUnit, sql: str) -> None:
    assert truncate_date(COLUMN, unit, "postgres").sql(dialect="postgres").upper() == sql.upper()


@pytest.mark.parametrize(("born", "age"), [("1996-11-21", 30), ("1996-11-22", 29), ("1996-01-01", 30)])
def test_a_birthday_still_to_come_does_not_count(born: str, age: int) -> None:
    assert run(years_between(COLUMN, date(2026, 11, 21).isoformat(), "sqlite"), born) == age


def test_days_have_fractions() -> None:
    spent = days_between(exp.Literal.string("2026-11-20 12:00:00"), COLUMN, "sqlite")
    assert run(spent, "2026-11-22 00:00:00") == 1.5

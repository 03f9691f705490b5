"""Columns are told by their names and their values."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from agent.charts.column_roles import chart_value, classify_columns
from store.rows import RowColumn, Rows


@pytest.mark.parametrize(
    ("name", "values", "role"),
    [
        ("month", ["2024-01", "2024-02"], "time"),
        ("day", [date(2024, 1, 1), None], "time"),
        ("at", [datetime(2024, 1, 1, 12)], "time"),
        ("placed", ["2024-01-01 12:00:00"], "time"),
        ("year", [2023, 2024], "time"),
        ("order_year", [2023], "time"),
        ("yearly_total", [2023], "measure"),
        ("total", [1, 2.5, Decimal("3.1"), None], "measure"),
        ("id", [1, 2], "category"),
        ("customer_id", [1, 2], "category"),
        ("paid", [True, False], "category"),
        ("city", ["Berlin", "Paris"], "category"),
        ("total", ["1", "2"], "category"),
        ("nothing", [None], "category"),
        ("country_code", ["DE"], "code"),
        ("zip", ["10115"], "code"),
        ("shipping_postcode", ["10115"], "code"),
        ("latitude", [52.5], "code"),
        ("lon", [13.4], "code"),
    ],
)
def test_what_a_column_is(name: str, values: list[Any], role: str) -> None:
    rows = Rows((RowColumn(name, "other"),), tuple((value,) for value in values))
    assert classify_columns(rows)[0].role == role


def test_a_column_counts_its_values() -> None:
    rows = Rows((RowColumn("city", "text"),), (("a",), ("a",), (None,)))
    (column,) = classify_columns(rows)
    assert (column.distinct, column.complete) == (1, False)


def test_values_go_into_a_picture_short_and_plain() -> None:
    assert chart_value(Decimal("1.5")) == 1.5
    assert chart_value("x" * 100) == "x" * 60
    assert chart_value(date(2024, 1, 2)) == "2024-01-02"
    assert chart_value(None) is None

"""What is shown for each thing that was wanted."""

from datetime import date

import pytest

from agent.builtin.grammar.state import Reader, Want
from agent.builtin.plan.aliases import alias_of
from agent.builtin.plan.model import Bucket, Col, Compare, Item, LineAmount, Measure, Share, Span, Years
from agent.builtin.plan.projection import items_of, row_of
from tests.speaking import (
    CUSTOMER_KEY,
    FIRM,
    IN_2025,
    NAMES,
    ORDERED,
    ORDERS,
    PRICE,
    SEGMENT,
    SHOP,
    STATUS,
    TOTAL,
    VIP,
    firm,
)

TODAY = date(2026, 11, 15)


def reader(entity: str = "orders") -> Reader:
    return Reader((), SHOP, TODAY, entity=entity)


def test_everything_is_each_column_in_the_order_of_the_table() -> None:
    shown = items_of(reader("categories"), Want(table="categories", everything=True))
    assert shown == [Col("categories", name) for name in ("id", "name", "parent_id")]


def test_people_are_shown_by_their_full_names() -> None:
    assert row_of(reader("customers"), "customers") == NAMES


def test_rows_without_a_name_are_shown_by_all_their_columns() -> None:
    assert [col.column for col in row_of(reader(), "order_lines")] == [
        "id",
        "order_id",
        "product_id",
        "quantity",
        "unit_price",
    ]


def test_counting_a_table_counts_its_rows_and_counting_a_category_its_values() -> None:
    assert items_of(reader(), Want(table="orders", counted=True)) == [Measure("count", of="orders")]
    assert items_of(reader(), Want(col=STATUS, counted=True)) == [Measure("count", STATUS, distinct=True)]


def test_each_function_is_applied_to_the_column() -> None:
    shown = items_of(reader(), Want(col=TOTAL, functions=("min", "max")))
    assert shown == [Measure("min", TOTAL), Measure("max", TOTAL)]


def test_a_share_takes_its_part_from_the_conditions_and_leaves_the_period() -> None:
    asked = reader()
    paid = Compare(STATUS, "=", "paid")
    asked.where = [paid, IN_2025]
    assert items_of(asked, Want(share=True)) == [Share(paid, "orders")]
    assert asked.where == [IN_2025]


def test_a_share_of_nothing_cannot_be_placed() -> None:
    asked = reader()
    assert items_of(asked, Want(share=True)) == []
    assert asked.unplaced == ["percentage"]


def test_what_is_held_to_one_value_is_counted_by_rows() -> None:
    here = reader()
    here.where.append(Compare(STATUS, "=", "paid"))
    assert items_of(here, Want(col=STATUS, counted=True)) == [Measure("count", of="orders")]


LINE = LineAmount(Col("order_lines", "quantity"), Col("order_lines", "unit_price"))


@pytest.mark.parametrize(
    ("item", "alias"),
    [
        (PRICE, "price"),
        (Col("order_lines", "unit_price"), "unit_price"),
        (Bucket(ORDERED, "month"), "month"),
        (LINE, "amount"),
        (Years(Col("customers", "created_at"), "2026-11-21"), "age"),
        (Span(Col("customers", "created_at"), ORDERED), "days"),
        (Share(VIP, "customers"), "percent"),
        (Measure("avg", PRICE), "average_price"),
        (Measure("max", PRICE), "highest_price"),
        (Measure("sum", LINE), "total_amount"),
    ],
)
def test_an_item_is_called_by_what_it_says(item: Item, alias: str) -> None:
    assert alias_of(item, SHOP.facts) == alias


@pytest.mark.parametrize(
    ("counted", "alias"),
    [
        (ORDERS, "number_of_orders"),
        (Measure("count", CUSTOMER_KEY, "customers", distinct=True), "number_of_customers"),
        (Measure("count", SEGMENT, "customers", distinct=True), "number_of_segment"),
        (Measure("count"), "number_of_rows"),
    ],
)
def test_a_count_is_called_by_what_it_counts(counted: Measure, alias: str) -> None:
    assert alias_of(counted, SHOP.facts) == alias


def test_a_total_is_not_called_total_twice() -> None:
    assert alias_of(Measure("sum", Col("orders", "total")), SHOP.facts) == "total"


def test_names_written_in_capitals_become_small_words() -> None:
    assert alias_of(firm("HireDate"), FIRM.facts) == "hire_date"
    assert alias_of(Measure("count", of="Employees"), FIRM.facts) == "number_of_employees"

"""What is shown for each thing that was wanted."""

from datetime import date

import pytest

from agent.builtin.grammar.state import ParserState, SelectItem, Sentence
from agent.builtin.plan.model import (
    AgeInYears,
    ColumnRef,
    Comparison,
    DateBucket,
    DaysBetween,
    Item,
    LineAmount,
    Measure,
    Percentage,
)
from agent.builtin.plan.projection import keep_date_ranges, row_columns, select_items
from agent.builtin.sql.printer import alias_of
from tests.fixtures.nlg_cases import (
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
    employee_column,
)

TODAY = date(2026, 11, 15)


def state(entity: str = "orders") -> ParserState:
    return ParserState(Sentence(()), SHOP, TODAY, entity=entity)


def test_everything_is_each_column_in_the_order_of_the_table() -> None:
    items = select_items(state("categories"), SelectItem(table="categories", all_columns=True))
    assert items == [ColumnRef("categories", name) for name in ("id", "name", "parent_id")]


def test_people_are_shown_by_their_full_names() -> None:
    assert row_columns(state("customers"), "customers") == NAMES


def test_rows_without_a_name_are_shown_by_all_their_columns() -> None:
    assert [col.column for col in row_columns(state(), "order_lines")] == [
        "id",
        "order_id",
        "product_id",
        "quantity",
        "unit_price",
    ]


def test_counting_a_table_counts_its_rows_and_counting_a_category_its_values() -> None:
    assert select_items(state(), SelectItem(table="orders", counted=True)) == [
        Measure("count", table="orders")
    ]
    assert select_items(state(), SelectItem(column=STATUS, counted=True)) == [
        Measure("count", STATUS, distinct=True)
    ]


def test_each_function_is_applied_to_the_column() -> None:
    items = select_items(state(), SelectItem(column=TOTAL, functions=("min", "max")))
    assert items == [Measure("min", TOTAL), Measure("max", TOTAL)]


def test_a_share_takes_its_part_from_the_conditions_and_leaves_the_period() -> None:
    paid = Comparison(STATUS, "=", "paid")
    parsed = state().with_where(paid, IN_2025)
    assert select_items(parsed, SelectItem(share=True)) == [Percentage(paid, "orders")]
    assert keep_date_ranges(parsed).filters.where == (IN_2025,)


def test_a_share_of_nothing_cannot_be_placed() -> None:
    parsed = state()
    assert select_items(parsed, SelectItem(share=True)) == []
    assert parsed.evidence.unplaced == ["percentage"]


def test_what_is_held_to_one_value_is_counted_by_rows() -> None:
    parsed = state().add_where(Comparison(STATUS, "=", "paid"))
    assert select_items(parsed, SelectItem(column=STATUS, counted=True)) == [Measure("count", table="orders")]


LINE = LineAmount(ColumnRef("order_lines", "quantity"), ColumnRef("order_lines", "unit_price"))


@pytest.mark.parametrize(
    ("item", "alias"),
    [
        (PRICE, "price"),
        (ColumnRef("order_lines", "unit_price"), "unit_price"),
        (DateBucket(ORDERED, "month"), "month"),
        (LINE, "amount"),
        (AgeInYears(ColumnRef("customers", "created_at"), "2026-11-21"), "age"),
        (DaysBetween(ColumnRef("customers", "created_at"), ORDERED), "days"),
        (Percentage(VIP, "customers"), "percent"),
        (Measure("avg", PRICE), "average_price"),
        (Measure("max", PRICE), "highest_price"),
        (Measure("sum", LINE), "total_amount"),
    ],
)
def test_an_item_is_called_by_what_it_says(item: Item, alias: str) -> None:
    assert alias_of(item, SHOP.roles) == alias


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
    assert alias_of(counted, SHOP.roles) == alias


def test_a_total_is_not_called_total_twice() -> None:
    assert alias_of(Measure("sum", ColumnRef("orders", "total")), SHOP.roles) == "total"


def test_names_written_in_capitals_become_small_words() -> None:
    assert alias_of(employee_column("HireDate"), FIRM.roles) == "hire_date"
    assert alias_of(Measure("count", table="Employees"), FIRM.roles) == "number_of_employees"

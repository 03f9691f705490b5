"""What is shown for each thing that was wanted."""

from datetime import date

from agent.builtin.grammar.reader import Reader, Want
from agent.builtin.plan import Col, Compare, Measure, Share
from agent.builtin.shown import items_of, row_of
from tests.speaking import IN_2025, NAMES, SHOP, STATUS, TOTAL

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

import pytest

from agent.builtin.aliases import alias_of
from agent.builtin.plan import Bucket, Col, Item, LineAmount, Measure, Share, Span, Years
from tests.speaking import CUSTOMER_KEY, FIRM, ORDERED, ORDERS, PRICE, SEGMENT, SHOP, VIP, firm

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

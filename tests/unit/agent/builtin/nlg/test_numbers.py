from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from agent.builtin.nlg.answer import describe_result
from agent.builtin.plan.model import (
    ColumnRef,
    Comparison,
    DateBucket,
    IsNull,
    Measure,
    Percentage,
    Plan,
    SortKey,
)
from tests.fixtures.nlg_cases import (
    CHANNEL,
    CITY,
    COUPON,
    CUSTOMER_KEY,
    GARDEN,
    IN_2025,
    LAST_MONTH,
    NAMES,
    NEVER,
    ORDERED,
    ORDERS,
    PRICE,
    SHOP,
    STATUS,
    TOTAL,
    VIP,
    count_plan,
    rows,
    single_value,
)


@pytest.mark.parametrize(
    ("plan", "number", "text"),
    [
        (count_plan("customers"), 4000, "There are 4,000 customers."),
        (count_plan("customers", VIP), 1, "There is 1 customer with segment vip."),
        (count_plan("customers", VIP), 0, "There are no customers with segment vip."),
        (
            count_plan("customers", Comparison(CITY, "=", "Berlin")),
            378,
            "There are 378 customers with address city Berlin.",
        ),
        (count_plan("orders", LAST_MONTH), 849, "There are 849 orders from last month (October 2026)."),
        (count_plan("orders", IN_2025), 6595, "There are 6,595 orders in 2025."),
        (
            count_plan("orders", Comparison(STATUS, "=", "cancelled"), IN_2025),
            248,
            "There are 248 orders with status cancelled in 2025.",
        ),
        (count_plan("customers", NEVER), 12, "There are 12 customers without any orders."),
        (count_plan("orders", IsNull(COUPON)), 3, "There are 3 orders without a coupon."),
        (count_plan("orders", IsNull(COUPON, negated=True)), 3, "There are 3 orders with a coupon."),
        (
            Plan("orders", (Measure("count", COUPON, distinct=True),)),
            5,
            "There are 5 different coupons among orders.",
        ),
        (
            Plan("orders", (Measure("count", COUPON, distinct=True),), (IN_2025,)),
            1,
            "There is 1 different coupon among orders in 2025.",
        ),
    ],
)
def test_a_count_is_a_sentence(plan: Plan, number: int, text: str) -> None:
    assert describe_result(plan, single_value(number), SHOP) == text


@pytest.mark.parametrize(
    ("plan", "value", "text"),
    [
        (Plan("orders", (Measure("avg", TOTAL),)), 167.2030627, "The average order total is 167.20 EUR."),
        (Plan("orders", (Measure("sum", TOTAL),)), Decimal("500"), "The total revenue is 500 EUR."),
        (
            Plan("orders", (Measure("sum", TOTAL),), (LAST_MONTH,)),
            135274.259,
            "The total revenue of orders from last month (October 2026) is 135,274.26 EUR.",
        ),
        (
            Plan("products", (Measure("avg", PRICE),), (GARDEN,)),
            None,
            "No products with category Garden were found, so there is no average price.",
        ),
        (
            Plan("suppliers", (Measure("avg", ColumnRef("suppliers", "rating")),)),
            None,
            "No suppliers were found, or none of them has a known rating, so there is no average rating.",
        ),
        (
            Plan("orders", (Percentage(Comparison(STATUS, "=", "cancelled"), "orders"),)),
            3.851,
            "Orders with status cancelled make up 3.85 % of all orders.",
        ),
        (
            Plan("orders", (Percentage(Comparison(STATUS, "=", "cancelled"), "orders"),), (IN_2025,)),
            4,
            "Orders with status cancelled make up 4 % of orders in 2025.",
        ),
        (
            Plan("orders", (Measure("max", ORDERED),)),
            datetime(2026, 11, 9, 8, 51),
            "The latest order date is 9 November 2026, 08:51.",
        ),
        (
            Plan("orders", (ORDERS,), group=(CUSTOMER_KEY,), outer_function="avg"),
            Decimal("6.8592"),
            "The average number of orders per customer is 6.86.",
        ),
    ],
)
def test_one_number_is_a_sentence(plan: Plan, value: Any, text: str) -> None:
    assert describe_result(plan, single_value(value), SHOP) == text


def test_several_numbers_of_the_same_rows_are_named_one_by_one() -> None:
    plan = Plan("products", (Measure("min", PRICE), Measure("max", PRICE)), (GARDEN,))
    text = "For products with category Garden: lowest price 2.50 EUR and highest price 90 EUR."
    assert describe_result(plan, rows((2.5, 90)), SHOP) == text


def test_a_few_groups_are_told_whole() -> None:
    plan = Plan("orders", (CHANNEL, Measure("avg", TOTAL)), group=(CHANNEL,))
    text = describe_result(plan, rows(("web", 168.2388), ("app", 162), (None, 3)), SHOP)
    assert text == "Average order total by channel: web (168.24 EUR), app (162 EUR) and no channel (3 EUR)."


def test_many_groups_are_told_by_their_extremes() -> None:
    month = DateBucket(ORDERED, "month")
    plan = Plan("orders", (month, Measure("sum", TOTAL)), (IN_2025,), group=(month,), order=(SortKey(month),))
    values = [(f"2025-{n:02}", 60_000.0 + n) for n in range(1, 13)]
    values[10], values[1] = ("2025-11", 154_095.73), ("2025-02", 51_351.15)
    assert describe_result(plan, rows(*values), SHOP) == (
        "Total revenue by month in 2025: 12 months, highest in November 2025 (154,095.73 EUR), "
        "lowest in February 2025 (51,351.15 EUR)."
    )


def test_groups_of_some_rows_say_which() -> None:
    plan = Plan("orders", (CHANNEL, ORDERS), (Comparison(STATUS, "=", "paid"), IN_2025), group=(CHANNEL,))
    text = describe_result(plan, rows(("web", 12000), ("app", 7)), SHOP)
    assert text == "Number of orders with status paid in 2025, by channel: web (12,000) and app (7)."


def test_groups_that_share_an_extreme_are_counted() -> None:
    plan = Plan("orders", (COUPON, ORDERS), group=(COUPON,))
    text = describe_result(plan, rows(*[(f"C{n}", 1 + (n == 0)) for n in range(9)]), SHOP)
    assert (
        text == "Number of orders by coupon: 9 coupons, highest for C0 (2), lowest for C1 and 7 others (1)."
    )


def test_several_measures_of_a_group_are_named() -> None:
    plan = Plan("orders", (CHANNEL, ORDERS, Measure("avg", TOTAL)), group=(CHANNEL,))
    text = describe_result(plan, rows(("web", 2, 10.5), ("app", 3, 4)), SHOP)
    assert text == (
        "Number of orders and average total by channel: web (number of orders 2, average total 10.50 EUR); "
        "and app (number of orders 3, average total 4 EUR)."
    )


@pytest.mark.parametrize(
    ("plan", "text"),
    [
        (Plan("customers", NAMES, (VIP,)), "No customers with segment vip were found."),
        (Plan("customers", NAMES), "There are no customers."),
        (
            Plan("customers", NAMES, group=NAMES, having=(Comparison(ORDERS, ">", 2000),)),
            "No customers with more than 2,000 orders were found.",
        ),
    ],
)
def test_nothing_found_is_said_with_what_was_looked_for(plan: Plan, text: str) -> None:
    assert describe_result(plan, rows(), SHOP) == text


def test_several_numbers_of_all_rows_are_one_sentence() -> None:
    plan = Plan("products", (Measure("max", PRICE), Measure("count", table="products")))
    text = "The highest price is 408.99 EUR and the number of products is 1,200."
    assert describe_result(plan, rows((408.99, 1200)), SHOP) == text

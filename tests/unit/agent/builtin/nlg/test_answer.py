import pytest

from agent.builtin.nlg.answer import describe_plan, describe_result
from agent.builtin.plan.model import Comparison, LineAmount, Measure, Plan, SetOperation, SortKey
from tests.fixtures.nlg_cases import (
    CATEGORY,
    CHANNEL,
    CUSTOMER_KEY,
    GARDEN,
    IN_2025,
    LAST_MONTH,
    NAMES,
    NEVER,
    ORDERS,
    PRICE,
    PRODUCT,
    SEGMENT,
    SHOP,
    TOTAL,
    VIP,
    count_plan,
    rows,
)


def test_rows_that_are_not_the_plans_are_only_counted() -> None:
    plan = Plan("customers", NAMES)
    assert (
        describe_result(plan, rows(("a", "b", "c")), SHOP)
        == "The query returned 1 row; they are in the table."
    )


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (count_plan("orders", LAST_MONTH), "number of orders with order date last month (October 2026)"),
        (
            Plan("orders", (CHANNEL, Measure("sum", TOTAL)), (IN_2025,), group=(CHANNEL,)),
            "total revenue of orders with order date in 2025, by channel",
        ),
        (
            Plan("customers", NAMES, (VIP, NEVER), order=(SortKey(NAMES[1]),), limit=5),
            "customers with segment vip and without any orders, "
            "sorted by last name (A to Z), only the first 5",
        ),
        (
            Plan("products", (PRODUCT,), (GARDEN,), order=(SortKey(PRICE, True), SortKey(PRODUCT)), limit=3),
            "products with category Garden, only the 3 with the highest price, then by name",
        ),
        (Plan("products", (PRODUCT,), order=(SortKey(PRICE),), limit=1), "product with the lowest price"),
        (Plan("products", (PRODUCT, PRICE)), "names and prices of products"),
        (Plan("customers", (SEGMENT,), distinct=True), "different segments of customers"),
        (
            Plan("orders", (CHANNEL, ORDERS), group=(CHANNEL,), having=(Comparison(ORDERS, ">=", 20),)),
            "number of orders, by channel, only groups with at least 20 orders",
        ),
        (
            Plan("customers", NAMES, group=(CUSTOMER_KEY, *NAMES), having=(Comparison(ORDERS, ">", 1),)),
            "customers with more than 1 order",
        ),
        (
            Plan(
                "customers", NAMES, (VIP,), group=(CUSTOMER_KEY, *NAMES), having=(Comparison(ORDERS, ">", 9),)
            ),
            "customers with segment vip and more than 9 orders",
        ),
        (
            Plan("products", (Measure("min", PRICE), Measure("max", PRICE))),
            "lowest price and highest price of products",
        ),
        (
            Plan(
                "customers",
                NAMES,
                (VIP,),
                set_operation=SetOperation("except", Plan("customers", NAMES, (NEVER,))),
            ),
            "customers with segment vip, but not the customers without any orders",
        ),
        (Plan("orders", (Measure("sum", LineAmount(TOTAL, TOTAL)),)), "total amount"),
        (
            Plan("products", (PRODUCT,), order=(SortKey(PRICE, True),), limit=1, partition_by=(CATEGORY,)),
            "products, only the one with the highest price for each category",
        ),
        (Plan("products", (PRODUCT,), tables=("categories",)), "products with a category"),
        (Plan("customers", NAMES, tables=("orders",)), "customers with orders"),
    ],
)
def test_the_reading_names_filters_groups_order_and_limit(plan: Plan, words: str) -> None:
    assert describe_plan(plan, SHOP) == words

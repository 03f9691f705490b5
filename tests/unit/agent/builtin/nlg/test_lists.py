from datetime import datetime
from decimal import Decimal

import pytest

from agent.builtin.nlg.answer import describe_result
from agent.builtin.plan.model import ColumnRef, Comparison, InPeriod, Measure, Plan, SortKey
from store.rows import Rows
from tests.fixtures.nlg_cases import (
    CHANNEL,
    CITY,
    COUNTRY,
    CUSTOMER_KEY,
    EMAIL,
    GARDEN,
    LAST_MONTH,
    LEAGUE,
    NAMES,
    NEVER,
    ORDERS,
    PRICE,
    PRODUCT,
    SHOP,
    SIGNED_UP,
    STATUS,
    STOCK,
    SUPPLIER,
    TOTAL,
    VIP,
    rows,
    single_value,
)


def test_a_short_list_is_told_whole() -> None:
    plan = Plan("suppliers", (SUPPLIER,), (Comparison(COUNTRY, "=", "Germany"),))
    text = describe_result(plan, rows(("A",), ("B",), ("C",), ("D",)), SHOP)
    assert text == "There are 4 suppliers with country Germany: A, B, C and D."
    assert describe_result(plan, single_value("A"), SHOP) == "There is 1 supplier with country Germany: A."


def test_a_long_list_is_told_in_part() -> None:
    plan = Plan("customers", NAMES, (InPeriod(SIGNED_UP, "2024-01-01", "2025-01-01", "2024"),))
    text = describe_result(plan, rows(*[("Ann", f"No{n}") for n in range(935)]), SHOP)
    assert text == (
        "There are 935 customers signed up in 2024: Ann No0, Ann No1, Ann No2, Ann No3, Ann No4 and 930 more."
    )


def test_a_list_that_was_cut_off_says_more_than() -> None:
    plan = Plan("customers", NAMES, (NEVER,))
    text = describe_result(plan, rows(*[("Ann", f"No{n}") for n in range(1000)], truncated=True), SHOP)
    assert text.startswith("There are more than 1,000 customers without any orders, among them Ann No0, Ann")
    assert "more." not in text


def test_other_columns_than_names_are_named() -> None:
    plan = Plan("customers", (EMAIL,), (VIP,))
    values = rows(*[(f"{n}@x.org",) for n in range(244)])
    assert describe_result(plan, values, SHOP) == (
        "The e-mails of 244 customers with segment vip: "
        "0@x.org, 1@x.org, 2@x.org, 3@x.org, 4@x.org and 239 more."
    )
    assert (
        describe_result(plan, single_value("a@x.org"), SHOP)
        == "The e-mail of the customer with segment vip is a@x.org."
    )


def test_what_was_asked_for_is_not_recited_for_every_row() -> None:
    plan = Plan("customers", (NAMES[0],), (Comparison(NAMES[0], "=", "Anna"),))
    text = describe_result(plan, rows(*[("Anna",)] * 71), SHOP)
    assert text == "There are 71 customers with first name Anna."


def test_many_columns_are_left_to_the_table() -> None:
    show = tuple(ColumnRef("orders", c.name) for c in SHOP.roles["orders"].table.columns)
    plan = Plan("orders", show, (Comparison(TOTAL, ">", 500), LAST_MONTH))
    line = (18437, 2720, "paid", datetime(2026, 10, 9, 8, 51), 981.25, None, "web")
    text = describe_result(plan, rows(line, line), SHOP)
    period = "from last month (October 2026)"
    assert text == f"There are 2 orders with total over 500 EUR {period}; they are in the table."
    assert describe_result(plan, rows(line), SHOP) == (
        f"There is 1 order with total over 500 EUR {period}: 18437 (customer number 2720; status paid; "
        "9 October 2026, 08:51; total 981.25 EUR; no coupon; channel web)."
    ).replace("; ", ", ")


def test_columns_beside_a_name_stand_behind_it() -> None:
    plan = Plan("products", (PRODUCT, PRICE), (Comparison(PRICE, ">", 150),), order=(SortKey(PRICE, True),))
    text = describe_result(plan, rows(("Lounger", Decimal("408.99")), ("Parasol", Decimal("390.00"))), SHOP)
    assert text == (
        "There are 2 products with price over 150 EUR, sorted by price (highest first): "
        "Lounger (408.99 EUR) and Parasol (390 EUR)."
    )


def test_a_number_without_a_unit_is_told_with_its_name() -> None:
    plan = Plan("products", (PRODUCT, STOCK), (GARDEN,))
    text = describe_result(plan, rows(("Lounger", 1200), ("Parasol", None)), SHOP)
    assert text.endswith(": Lounger (stock 1,200) and Parasol (no stock).")


def test_rows_that_a_join_may_repeat_are_not_counted_as_things() -> None:
    plan = Plan("customers", (EMAIL,), (Comparison(CITY, "=", "Paris"),))
    text = describe_result(plan, rows(("a@x.org",), ("b@x.org",)), SHOP)
    assert text == "2 e-mails of customers with address city Paris: a@x.org and b@x.org."


@pytest.mark.parametrize(
    ("plan", "values", "text"),
    [
        (
            Plan("products", (PRODUCT,), order=(SortKey(PRICE, True),), limit=1),
            rows(("Lounger",)),
            "The product with the highest price is Lounger.",
        ),
        (
            Plan("products", (PRODUCT,), (GARDEN,), order=(SortKey(PRICE),), limit=1),
            rows(("Lounger",)),
            "Of all products with category Garden, the one with the lowest price is Lounger.",
        ),
        (
            Plan("products", (PRODUCT,), order=(SortKey(PRICE, True),), limit=3),
            rows(("A",), ("B",), ("C",)),
            "The 3 products with the highest price: A, B and C.",
        ),
        (
            Plan("orders", (CHANNEL,), group=(CHANNEL,), order=(SortKey(ORDERS, True),), limit=1),
            rows(("web",)),
            "The channel with the most orders is web.",
        ),
        (
            Plan("orders", (STATUS, ORDERS), group=(STATUS,), order=(SortKey(ORDERS),), limit=1),
            rows(("paid", 30)),
            "The order status with the fewest orders is paid (30).",
        ),
        (
            Plan(
                "customers",
                (*NAMES, Measure("sum", TOTAL)),
                group=(CUSTOMER_KEY, *NAMES),
                order=(SortKey(Measure("sum", TOTAL), True),),
                limit=2,
            ),
            rows(("Ann", "Lee", 25900.1), ("Bo", "Day", 21099.02)),
            "The 2 customers with the highest total revenue: "
            "Ann Lee (25,900.10 EUR) and Bo Day (21,099.02 EUR).",
        ),
        (
            Plan("customers", (EMAIL,), order=(SortKey(SIGNED_UP, True),), limit=1),
            rows(("a@x.org",)),
            "The e-mail of the customer with the latest signed-up date is a@x.org.",
        ),
        (
            Plan("customers", NAMES, limit=2),
            rows(("Ann", "Lee"), ("Bo", "Day")),
            "Here are 2 customers: Ann Lee and Bo Day.",
        ),
    ],
)
def test_the_first_of_a_ranking_are_said_by_what_they_lead_in(plan: Plan, values: Rows, text: str) -> None:
    assert describe_result(plan, values, SHOP) == text


def test_years_are_no_quantities() -> None:
    plan = Plan("teams", (ColumnRef("teams", "name"), ColumnRef("teams", "founded_year")))
    assert describe_result(plan, rows(("Lions", 1921)), LEAGUE).endswith(": Lions (founded year 1921).")

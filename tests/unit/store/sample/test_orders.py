from collections import defaultdict
from datetime import datetime
from decimal import Decimal

import pytest

from store.sample.demand import LAST_MOMENT
from store.sample.orders import (
    ABANDONED_AFTER,
    OrderTimeline,
    choose_coupon,
    make_timeline,
    price_at,
    shipping_address_ids,
)
from store.sample.rng import SeededRandom
from tests.unit.store.sample.conftest import Shop


def test_an_order_comes_to_the_sum_of_its_lines(shop: Shop) -> None:
    sums: dict[int, Decimal] = defaultdict(Decimal)
    for line in shop["order_lines"]:
        sums[line.order_id] += line.quantity * line.unit_price - line.discount
    assert sums == {order.id: order.total for order in shop["orders"]}


def test_nothing_happens_after_the_last_day(shop: Shop) -> None:
    assert all(
        max(order.ordered_at, order.shipped_at or order.ordered_at) <= LAST_MOMENT for order in shop["orders"]
    )


def test_orders_are_shipped_after_they_were_placed(shop: Shop) -> None:
    assert all(order.shipped_at > order.ordered_at for order in shop["orders"] if order.shipped_at)


def test_only_what_has_left_counts_as_shipped(shop: Shop) -> None:
    for order in shop["orders"]:
        assert (order.shipped_at is not None) == (order.status in {"shipped", "delivered"})


def test_nobody_buys_before_signing_up_or_before_there_is_the_product(shop: Shop) -> None:
    joined = {customer.id: customer.created_at for customer in shop["customers"]}
    launched = {product.id: product.created_at for product in shop["products"]}
    bought = {order.id: order.ordered_at for order in shop["orders"]}
    assert all(order.ordered_at >= joined[order.customer_id] for order in shop["orders"])
    assert all(bought[line.order_id] >= launched[line.product_id] for line in shop["order_lines"])


def test_no_product_is_sold_below_cost_before_discounts(shop: Shop) -> None:
    costs = {product.id: product.cost for product in shop["products"]}
    assert all(line.unit_price > costs[line.product_id] for line in shop["order_lines"])


def test_an_order_names_a_product_once(shop: Shop) -> None:
    pairs = [(line.order_id, line.product_id) for line in shop["order_lines"]]
    assert len(set(pairs)) == len(pairs)


def test_discounts_come_with_coupons_only(shop: Shop) -> None:
    coupons = {order.id: order.coupon_code for order in shop["orders"]}
    assert all((line.discount > 0) == (coupons[line.order_id] is not None) for line in shop["order_lines"])


def test_some_customers_and_some_products_never_sold(shop: Shop) -> None:
    assert len({order.customer_id for order in shop["orders"]}) < len(shop["customers"])
    assert len({line.product_id for line in shop["order_lines"]}) < len(shop["products"])


def test_parcels_go_to_the_shipping_address_where_there_is_one(shop: Shop) -> None:
    kinds = {address.id: address.kind for address in shop["addresses"]}
    shipping = {address.customer_id for address in shop["addresses"] if address.kind == "shipping"}
    for customer, address in shipping_address_ids(list(shop["addresses"])).items():
        assert (kinds[address] == "shipping") == (customer in shipping)


def test_prices_were_lower_in_earlier_years(shop: Shop) -> None:
    product = next(product for product in shop["products"] if product.price > 20)
    assert price_at(product, datetime(2024, 1, 1)) < product.price == price_at(product, datetime(2026, 1, 1))


def codes(moment: datetime, is_first: bool) -> set[str | None]:
    rng = SeededRandom(1)
    return {choose_coupon(rng, moment, is_first) for _ in range(200)}


def test_a_first_order_may_use_the_welcome() -> None:
    assert codes(datetime(2025, 6, 1), is_first=True) == {"WELCOME10", None}


@pytest.mark.parametrize(
    ("moment", "code"),
    [
        (datetime(2025, 3, 1), "SPRING15"),
        (datetime(2025, 8, 1), "SUMMER20"),
        (datetime(2025, 11, 28), "BLACKWEEK25"),
        (datetime(2025, 12, 1), "XMAS5"),
    ],
)
def test_each_season_has_its_own(moment: datetime, code: str) -> None:
    assert codes(moment, is_first=False) == {code, None}


def test_out_of_season_there_is_none() -> None:
    assert codes(datetime(2025, 6, 1), is_first=False) == {None}


def courses(ordered_at: datetime) -> list[OrderTimeline]:
    rng = SeededRandom(1)
    return [make_timeline(rng, ordered_at) for _ in range(500)]


def test_old_orders_are_delivered_or_cancelled() -> None:
    assert {timeline.status for timeline in courses(datetime(2025, 1, 1))} == {"delivered", "cancelled"}


def test_orders_of_the_last_minute_are_still_here() -> None:
    assert {timeline.status for timeline in courses(LAST_MOMENT)} <= {"pending", "paid", "cancelled"}


def test_a_parcel_leaves_after_the_order_and_arrives_later_still() -> None:
    ordered_at = datetime(2025, 1, 1)
    for timeline in courses(ordered_at):
        if timeline.shipped_at and timeline.delivered_at:
            assert ordered_at < timeline.shipped_at < timeline.delivered_at


def test_a_cancelled_order_is_never_sent() -> None:
    cancelled = [timeline for timeline in courses(datetime(2025, 1, 1)) if timeline.status == "cancelled"]
    assert cancelled
    assert all(
        timeline.shipped_at is None and timeline.payment in {"failed", "refunded"} for timeline in cancelled
    )


def test_a_bank_transfer_is_awaited_before_shipping() -> None:
    for timeline in courses(datetime(2025, 1, 1)):
        if timeline.method == "bank transfer" and timeline.shipped_at:
            assert timeline.paid_at
            assert timeline.paid_at < timeline.shipped_at


def test_money_that_has_not_come_has_no_date() -> None:
    for timeline in courses(LAST_MOMENT):
        assert (timeline.paid_at is not None) == (timeline.payment in {"paid", "refunded"})


def test_every_cart_holds_something(shop: Shop) -> None:
    assert {item.cart_id for item in shop["cart_items"]} == {cart.id for cart in shop["carts"]}


def test_things_are_put_into_a_cart_after_it_was_started(shop: Shop) -> None:
    started = {cart.id: cart.created_at for cart in shop["carts"]}
    assert all(started[item.cart_id] <= item.added_at <= LAST_MOMENT for item in shop["cart_items"])


def test_only_fresh_carts_are_open(shop: Shop) -> None:
    open_ones = [cart for cart in shop["carts"] if cart.status == "open"]
    assert open_ones
    assert all(LAST_MOMENT - cart.created_at < ABANDONED_AFTER for cart in open_ones)


def test_nobody_fills_a_cart_before_signing_up(shop: Shop) -> None:
    joined = {customer.id: customer.created_at for customer in shop["customers"]}
    assert all(cart.created_at >= joined[cart.customer_id] for cart in shop["carts"])

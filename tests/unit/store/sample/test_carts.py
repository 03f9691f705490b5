from store.sample.carts import ABANDONED_AFTER
from store.sample.demand import LAST_MOMENT
from tests.unit.store.sample.conftest import Shop


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

from collections import Counter
from decimal import Decimal

from store.sample.demand import LAST_MOMENT
from tests.unit.store.sample.conftest import Shop


def test_payments_equal_the_order_total(shop: Shop) -> None:
    totals = {order.id: order.total for order in shop["orders"]}
    assert all(payment.amount == totals[payment.order_id] for payment in shop["payments"])


def test_every_order_has_exactly_one_payment_that_did_not_fail_unless_cancelled(shop: Shop) -> None:
    standing = Counter(payment.order_id for payment in shop["payments"] if payment.status != "failed")
    for order in shop["orders"]:
        assert standing[order.id] == 1 or (order.status == "cancelled" and standing[order.id] == 0)


def test_payments_have_a_date_when_the_money_came(shop: Shop) -> None:
    for payment in shop["payments"]:
        assert (payment.paid_at is not None) == (payment.status in {"paid", "refunded"})


def test_only_delivered_lines_are_returned_and_later(shop: Shop) -> None:
    orders = {order.id: order for order in shop["orders"]}
    lines = {line.id: line for line in shop["order_lines"]}
    assert shop["returns"]
    for back in shop["returns"]:
        order = orders[lines[back.order_line_id].order_id]
        assert order.status == "delivered"
        assert order.shipped_at < back.created_at <= LAST_MOMENT


def test_no_more_goes_back_than_was_bought_and_paid(shop: Shop) -> None:
    lines = {line.id: line for line in shop["order_lines"]}
    for back in shop["returns"]:
        line = lines[back.order_line_id]
        assert 1 <= back.quantity <= line.quantity
        assert back.refunded_amount <= line.quantity * line.unit_price - line.discount
        assert (back.refunded_amount > Decimal(0)) == (back.status == "refunded")


def test_a_line_is_returned_once(shop: Shop) -> None:
    lines = [back.order_line_id for back in shop["returns"]]
    assert len(set(lines)) == len(lines)


def test_only_buyers_review_and_only_once(shop: Shop) -> None:
    buyers = {order.id: order.customer_id for order in shop["orders"] if order.status == "delivered"}
    bought = {
        (buyers[line.order_id], line.product_id) for line in shop["order_lines"] if line.order_id in buyers
    }
    wrote = [(review.customer_id, review.product_id) for review in shop["reviews"]]
    assert set(wrote) <= bought
    assert len(set(wrote)) == len(wrote)


def test_every_number_of_stars_is_given(shop: Shop) -> None:
    stars = Counter(review.rating for review in shop["reviews"])
    assert set(stars) == {1, 2, 3, 4, 5}
    assert stars[5] > stars[1]


def test_clothing_is_sent_back_for_its_size(shop: Shop) -> None:
    names = {category.id: category.name for category in shop["categories"]}
    parents = {category.id: names.get(category.parent_id) for category in shop["categories"]}
    shelf = {product.id: parents[product.category_id] for product in shop["products"]}
    lines = {line.id: line.product_id for line in shop["order_lines"]}
    for back in shop["returns"]:
        if back.reason in {"too small", "too large"}:
            assert shelf[lines[back.order_line_id]] == "Clothing"

"""Generators of the sample shop's payments, returns and reviews."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from store.sample.demand import LAST_MOMENT
from store.sample.orders import OrderLine, Sale
from store.sample.rng import SeededRandom, WeightedChoice, euros_from_cents
from store.sample.text_data import (
    RETURN_REASONS,
    REVIEW_CLOSINGS,
    REVIEW_OPENINGS,
    REVIEW_TITLES,
    SIZE_REASONS,
)

REVIEW_SHARE = 0.15
RETURN_SHARE = 0.035
CLOTHING_RETURN_SHARE = 0.13


class Payment(NamedTuple):
    """A row of `payments`."""

    id: int
    order_id: int
    method: str
    amount: Decimal
    status: str
    paid_at: datetime | None


class Return(NamedTuple):
    """A row of `returns`."""

    id: int
    order_line_id: int
    reason: str
    quantity: int
    refunded_amount: Decimal
    status: str
    created_at: datetime


class Review(NamedTuple):
    """A row of `reviews`."""

    id: int
    product_id: int
    customer_id: int
    rating: int
    title: str
    body: str | None
    created_at: datetime


def make_payments(rng: SeededRandom, sales: Iterable[Sale]) -> list[Payment]:
    """Generate one payment for each order, sometimes preceded by a failed attempt."""
    payments: list[Payment] = []
    for sale in sales:
        timeline, order = sale.timeline, sale.order
        if timeline.paid_at and rng.chance(0.03):
            payments.append(
                Payment(len(payments) + 1, order.id, timeline.method, order.total, "failed", None)
            )
        number = len(payments) + 1
        payments.append(
            Payment(number, order.id, timeline.method, order.total, timeline.payment, timeline.paid_at)
        )
    return payments


def make_returns(rng: SeededRandom, sales: Iterable[Sale], clothing: set[int]) -> list[Return]:
    """Generate returns of delivered lines, more often for the products in `clothing`."""
    returns: list[Return] = []
    for line, delivered_at in _delivered(sales):
        is_clothing = line.product_id in clothing
        if not rng.chance(CLOTHING_RETURN_SHARE if is_clothing else RETURN_SHARE):
            continue
        moment = delivered_at + timedelta(minutes=rng.integer(300, 20 * 1440))
        if moment <= LAST_MOMENT:
            returns.append(_make_return(rng, len(returns) + 1, line, is_clothing, moment))
    return returns


def make_reviews(rng: SeededRandom, sales: Iterable[Sale], products: int) -> list[Review]:
    """Generate at most one review per buyer and product."""
    quality = [2.7 + rng.random() ** 0.6 * 2.2 for _ in range(products)]
    buyers = {sale.order.id: sale.order.customer_id for sale in sales}
    reviews: dict[tuple[int, int], Review] = {}
    for line, delivered_at in _delivered(sales):
        if not rng.chance(REVIEW_SHARE):
            continue
        moment = delivered_at + timedelta(minutes=rng.integer(600, 30 * 1440))
        key = (buyers[line.order_id], line.product_id)
        if moment <= LAST_MOMENT and key not in reviews:
            rating = round(quality[line.product_id - 1] + (rng.random() + rng.random() - 1) * 2.8)
            reviews[key] = _make_review(rng, key, min(5, max(1, rating)), moment)
    chronological = sorted(reviews.values(), key=lambda review: (review.created_at, review.product_id))
    return [review._replace(id=number) for number, review in enumerate(chronological, start=1)]


def _delivered(sales: Iterable[Sale]) -> Iterator[tuple[OrderLine, datetime]]:
    for sale in sales:
        if sale.timeline.delivered_at:
            for line in sale.lines:
                yield line, sale.timeline.delivered_at


def _make_return(
    rng: SeededRandom, number: int, line: OrderLine, is_clothing: bool, moment: datetime
) -> Return:
    choices = RETURN_REASONS + SIZE_REASONS if is_clothing else RETURN_REASONS
    reason = WeightedChoice([name for name, _ in choices], [share for _, share in choices]).draw(rng)
    quantity = rng.integer(1, line.quantity)
    status = _return_status(rng, LAST_MOMENT - moment)
    refund = (
        euros_from_cents(int(line.amount * 100) * quantity // line.quantity)
        if status == "refunded"
        else euros_from_cents(0)
    )
    return Return(number, line.id, reason, quantity, refund, status, moment)


def _return_status(rng: SeededRandom, age: timedelta) -> str:
    """Return the status of a return by its age: recent ones are still open."""
    if age < timedelta(days=6):
        return "requested"
    if age < timedelta(days=12):
        return "approved"
    return "rejected" if rng.chance(0.08) else "refunded"


def _make_review(rng: SeededRandom, key: tuple[int, int], rating: int, moment: datetime) -> Review:
    customer, product = key
    body = f"{rng.choice(REVIEW_OPENINGS[rating])} {rng.choice(REVIEW_CLOSINGS[rating])}"
    title = rng.choice(REVIEW_TITLES[rating])
    return Review(0, product, customer, rating, title, body if rng.chance(0.8) else None, moment)

"""Make what follows a sale in the sample shop: payments, returns, reviews."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from store.sample.demand import CLOSING
from store.sample.orders import OrderLine, Sale
from store.sample.rng import Dice, Urn, euros
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


def make_payments(dice: Dice, sales: Iterable[Sale]) -> list[Payment]:
    """Make one payment for each order, and now and then a failed attempt before it."""
    payments: list[Payment] = []
    for sale in sales:
        course, order = sale.course, sale.order
        if course.paid_at and dice.chance(0.03):
            payments.append(Payment(len(payments) + 1, order.id, course.method, order.total, "failed", None))
        number = len(payments) + 1
        payments.append(Payment(number, order.id, course.method, order.total, course.payment, course.paid_at))
    return payments


def make_returns(dice: Dice, sales: Iterable[Sale], clothing: set[int]) -> list[Return]:
    """Send some of what was delivered back; clothing (product ids) more often, as it has to fit."""
    returns: list[Return] = []
    for line, delivered_at in _delivered(sales):
        fits_badly = line.product_id in clothing
        if not dice.chance(CLOTHING_RETURN_SHARE if fits_badly else RETURN_SHARE):
            continue
        moment = delivered_at + timedelta(minutes=dice.between(300, 20 * 1440))
        if moment <= CLOSING:
            returns.append(_make_return(dice, len(returns) + 1, line, fits_badly, moment))
    return returns


def make_reviews(dice: Dice, sales: Iterable[Sale], products: int) -> list[Review]:
    """Let buyers say what they think of a product, once each."""
    quality = [2.7 + dice.throw() ** 0.6 * 2.2 for _ in range(products)]
    buyers = {sale.order.id: sale.order.customer_id for sale in sales}
    found: dict[tuple[int, int], Review] = {}
    for line, delivered_at in _delivered(sales):
        if not dice.chance(REVIEW_SHARE):
            continue
        moment = delivered_at + timedelta(minutes=dice.between(600, 30 * 1440))
        who = (buyers[line.order_id], line.product_id)
        if moment <= CLOSING and who not in found:
            rating = round(quality[line.product_id - 1] + (dice.throw() + dice.throw() - 1) * 2.8)
            found[who] = _make_review(dice, who, min(5, max(1, rating)), moment)
    in_time = sorted(found.values(), key=lambda review: (review.created_at, review.product_id))
    return [review._replace(id=number) for number, review in enumerate(in_time, start=1)]


def _delivered(sales: Iterable[Sale]) -> Iterator[tuple[OrderLine, datetime]]:
    for sale in sales:
        if sale.course.delivered_at:
            for line in sale.lines:
                yield line, sale.course.delivered_at


def _make_return(dice: Dice, number: int, line: OrderLine, fits_badly: bool, moment: datetime) -> Return:
    choices = RETURN_REASONS + SIZE_REASONS if fits_badly else RETURN_REASONS
    reason = Urn([name for name, _ in choices], [share for _, share in choices]).draw(dice)
    quantity = dice.between(1, line.quantity)
    status = _settle(dice, CLOSING - moment)
    refund = euros(int(line.amount * 100) * quantity // line.quantity) if status == "refunded" else euros(0)
    return Return(number, line.id, reason, quantity, refund, status, moment)


def _settle(dice: Dice, age: timedelta) -> str:
    """Say how far a return has got: new ones are waiting, old ones are settled."""
    if age < timedelta(days=6):
        return "requested"
    if age < timedelta(days=12):
        return "approved"
    return "rejected" if dice.chance(0.08) else "refunded"


def _make_review(dice: Dice, who: tuple[int, int], rating: int, moment: datetime) -> Review:
    customer, product = who
    body = f"{dice.pick(REVIEW_OPENINGS[rating])} {dice.pick(REVIEW_CLOSINGS[rating])}"
    title = dice.pick(REVIEW_TITLES[rating])
    return Review(0, product, customer, rating, title, body if dice.chance(0.8) else None, moment)

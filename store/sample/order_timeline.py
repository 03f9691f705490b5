"""Generator of order timelines in the sample shop: payment, shipping, delivery."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from store.sample.demand import LAST_MOMENT
from store.sample.rng import SeededRandom, WeightedChoice

PAYMENT_METHODS = WeightedChoice(("credit card", "paypal", "invoice", "bank transfer"), (38, 34, 18, 10))
# Minutes from order to payment (minimum, maximum).
PAYMENT_DELAY_MINUTES = {
    "credit card": (0, 2),
    "paypal": (0, 4),
    "invoice": (5 * 1440, 25 * 1440),
    "bank transfer": (600, 4 * 1440),
}


@dataclass(frozen=True, slots=True)
class OrderTimeline:
    """Status and times of an order. Times after the shop's last day are None."""

    status: str
    method: str
    payment: str
    paid_at: datetime | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None


def make_timeline(rng: SeededRandom, ordered_at: datetime) -> OrderTimeline:
    """Generate the timeline of an order."""
    method = PAYMENT_METHODS.draw(rng)
    paid_at = _if_past(
        ordered_at
        + timedelta(minutes=rng.integer(*PAYMENT_DELAY_MINUTES[method]), seconds=rng.integer(5, 59))
    )
    if rng.chance(0.04):
        return _cancel(rng, method, paid_at)
    payment = "paid" if paid_at else "pending"
    ready_at = paid_at if method == "bank transfer" else ordered_at
    shipped_at = _if_past(ready_at + timedelta(minutes=rng.integer(240, 3 * 1440))) if ready_at else None
    if shipped_at is None:
        return OrderTimeline("paid" if paid_at else "pending", method, payment, paid_at)
    delivered_at = _if_past(shipped_at + timedelta(minutes=rng.integer(1440, 6 * 1440)))
    return OrderTimeline(
        "delivered" if delivered_at else "shipped", method, payment, paid_at, shipped_at, delivered_at
    )


def _cancel(rng: SeededRandom, method: str, paid_at: datetime | None) -> OrderTimeline:
    """Generate the timeline of an order cancelled before shipping: refunded, or never paid."""
    if paid_at and rng.chance(0.55):
        return OrderTimeline("cancelled", method, "refunded", paid_at)
    return OrderTimeline("cancelled", method, "failed")


def _if_past(moment: datetime) -> datetime | None:
    return moment if moment <= LAST_MOMENT else None

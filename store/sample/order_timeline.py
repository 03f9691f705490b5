"""Follow an order of the sample shop from the till to the door: payment, parcel, arrival."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from store.sample.demand import CLOSING
from store.sample.rng import Dice, Urn

METHODS = Urn(("credit card", "paypal", "invoice", "bank transfer"), (38, 34, 18, 10))
# How long after the order the money comes, in minutes.
PAID_AFTER = {
    "credit card": (0, 2),
    "paypal": (0, 4),
    "invoice": (5 * 1440, 25 * 1440),
    "bank transfer": (600, 4 * 1440),
}


@dataclass(frozen=True, slots=True)
class Course:
    """What became of an order. Times after the shop's last day have not happened, and are None."""

    status: str
    method: str
    payment: str
    paid_at: datetime | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None


def follow(dice: Dice, ordered_at: datetime) -> Course:
    """Say how an order went on."""
    method = METHODS.draw(dice)
    paid_at = _happened(
        ordered_at + timedelta(minutes=dice.between(*PAID_AFTER[method]), seconds=dice.between(5, 59))
    )
    if dice.chance(0.04):
        return _call_off(dice, method, paid_at)
    payment = "paid" if paid_at else "pending"
    ready = paid_at if method == "bank transfer" else ordered_at
    shipped_at = _happened(ready + timedelta(minutes=dice.between(240, 3 * 1440))) if ready else None
    if shipped_at is None:
        return Course("paid" if paid_at else "pending", method, payment, paid_at)
    delivered_at = _happened(shipped_at + timedelta(minutes=dice.between(1440, 6 * 1440)))
    return Course(
        "delivered" if delivered_at else "shipped", method, payment, paid_at, shipped_at, delivered_at
    )


def _call_off(dice: Dice, method: str, paid_at: datetime | None) -> Course:
    """Cancel an order before it was sent: the money never came, or went back."""
    if paid_at and dice.chance(0.55):
        return Course("cancelled", method, "refunded", paid_at)
    return Course("cancelled", method, "failed")


def _happened(moment: datetime) -> datetime | None:
    return moment if moment <= CLOSING else None

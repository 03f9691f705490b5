"""Make the sample shop's carts: ordered, left standing, or still open."""

from datetime import datetime, timedelta
from typing import NamedTuple

from store.sample.demand import CLOSING
from store.sample.orders import LINE_COUNTS, QUANTITIES, Shelves, Shoppers
from store.sample.rng import Dice

# A cart that nobody touched for this long is abandoned.
OPEN_FOR = timedelta(days=7)


class Cart(NamedTuple):
    """A row of `carts`."""

    id: int
    customer_id: int
    created_at: datetime
    status: str


class CartItem(NamedTuple):
    """A row of `cart_items`."""

    id: int
    cart_id: int
    product_id: int
    quantity: int
    added_at: datetime


def make_carts(dice: Dice, shoppers: Shoppers, moments: list[datetime]) -> list[Cart]:
    """Start a cart at each of these moments."""
    return [
        Cart(number, shoppers.come(dice, moment).id, moment, _fate(dice, CLOSING - moment))
        for number, moment in enumerate(moments, start=1)
    ]


def fill_carts(dice: Dice, carts: list[Cart], shelves: Shelves) -> list[CartItem]:
    """Put a few things into each cart."""
    items: list[CartItem] = []
    for cart in carts:
        products = {shelves.take(dice, cart.created_at).id for _ in range(LINE_COUNTS.draw(dice))}
        for product in sorted(products):
            added_at = min(CLOSING, cart.created_at + timedelta(seconds=dice.between(5, 2400)))
            items.append(CartItem(len(items) + 1, cart.id, product, QUANTITIES.draw(dice), added_at))
    return items


def _fate(dice: Dice, age: timedelta) -> str:
    if dice.chance(0.3):
        return "ordered"
    return "open" if age < OPEN_FOR else "abandoned"

"""Generator of the sample shop's carts: ordered, abandoned or still open."""

from datetime import datetime, timedelta
from typing import NamedTuple

from store.sample.demand import LAST_MOMENT
from store.sample.orders import LINE_COUNTS, QUANTITIES, CustomerSampler, ProductSampler
from store.sample.rng import SeededRandom

# A cart without activity for this long is abandoned.
ABANDONED_AFTER = timedelta(days=7)


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


def make_carts(rng: SeededRandom, customers: CustomerSampler, timestamps: list[datetime]) -> list[Cart]:
    """Create a cart at each of these times."""
    return [
        Cart(number, customers.sample(rng, created_at).id, created_at, _status(rng, LAST_MOMENT - created_at))
        for number, created_at in enumerate(timestamps, start=1)
    ]


def fill_carts(rng: SeededRandom, carts: list[Cart], products: ProductSampler) -> list[CartItem]:
    """Put one to five products into each cart."""
    items: list[CartItem] = []
    for cart in carts:
        product_ids = {products.sample(rng, cart.created_at).id for _ in range(LINE_COUNTS.draw(rng))}
        for product_id in sorted(product_ids):
            added_at = min(LAST_MOMENT, cart.created_at + timedelta(seconds=rng.integer(5, 2400)))
            items.append(CartItem(len(items) + 1, cart.id, product_id, QUANTITIES.draw(rng), added_at))
    return items


def _status(rng: SeededRandom, age: timedelta) -> str:
    if rng.chance(0.3):
        return "ordered"
    return "open" if age < ABANDONED_AFTER else "abandoned"

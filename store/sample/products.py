"""Make what the sample shop sells, and who supplies it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from store.sample.customers import plain
from store.sample.demand import LAST_DAY, OPENING
from store.sample.product_data import DEAREST, DEPARTMENTS, LINES, Shelf
from store.sample.rng import Dice, euros
from store.sample.text_data import SUPPLIER_FORMS, SUPPLIER_ROOTS

PRICE_ENDINGS = (90, 95, 99, 50)


class Category(NamedTuple):
    """A row of `categories`."""

    id: int
    name: str
    parent_id: int | None


class Supplier(NamedTuple):
    """A row of `suppliers`."""

    id: int
    name: str
    country: str
    email: str
    rating: Decimal


class Product(NamedTuple):
    """A row of `products`."""

    id: int
    name: str
    sku: str
    category_id: int
    supplier_id: int
    price: Decimal
    cost: Decimal
    stock: int
    active: bool
    created_at: datetime


def make_categories() -> list[Category]:
    """Lay out the departments, then the shelves in each."""
    tops = [Category(number, department.name, None) for number, department in enumerate(DEPARTMENTS, start=1)]
    shelves = [
        (shelf.name, top.id)
        for top, department in zip(tops, DEPARTMENTS, strict=True)
        for shelf in department.shelves
    ]
    return tops + [
        Category(number, name, top) for number, (name, top) in enumerate(shelves, start=len(tops) + 1)
    ]


def make_suppliers(dice: Dice, count: int) -> list[Supplier]:
    """Make suppliers, each with a name of its own."""
    return [_make_supplier(dice, number) for number in range(1, count + 1)]


def make_products(dice: Dice, suppliers: int, count: int) -> list[Product]:
    """Make products in the order they came into the shop, spread evenly over all shelves."""
    shelves = [shelf for department in DEPARTMENTS for shelf in department.shelves]
    turn = _come_out(dice, count, len(shelves))
    fresh = [_names(dice, shelf) for shelf in shelves]
    return [
        _make_product(dice, number, shelves[at], len(DEPARTMENTS) + at + 1, next(fresh[at]))._replace(
            supplier_id=dice.between(1, suppliers), created_at=moment
        )
        for number, (at, moment) in enumerate(turn, start=1)
    ]


def _make_supplier(dice: Dice, number: int) -> Supplier:
    root = SUPPLIER_ROOTS[(number - 1) % len(SUPPLIER_ROOTS)]
    # Seven is prime to eight, so a root meets another form each time it comes round.
    form, country = SUPPLIER_FORMS[(number * 7 + number // len(SUPPLIER_ROOTS)) % len(SUPPLIER_FORMS)]
    domain = "org" if number > len(SUPPLIER_ROOTS) else "com"
    return Supplier(
        number,
        f"{root} {form}",
        country,
        f"{plain(root).lower()}@example.{domain}",
        Decimal(dice.between(25, 50)) / 10,
    )


def _come_out(dice: Dice, count: int, shelves: int) -> list[tuple[int, datetime]]:
    """Say on which shelf and when each product came: two of three at the opening, the rest bit by bit."""
    opening = datetime.combine(OPENING, datetime.min.time())
    life = (LAST_DAY - OPENING).days
    moments = [
        opening - timedelta(days=dice.between(1, 30), minutes=dice.between(0, 600))
        if number < count * 2 // 3
        else opening + timedelta(days=dice.between(1, life - 20), minutes=dice.between(480, 1080))
        for number in range(count)
    ]
    return [(number % shelves, moment) for number, moment in enumerate(sorted(moments))]


def _names(dice: Dice, shelf: Shelf) -> Iterator[str]:
    """Name products of a shelf, never the same twice."""
    used: set[str] = set()
    while True:
        name = f"{dice.pick(LINES)} {dice.pick(shelf.nouns)}"
        if name not in used:
            used.add(name)
            yield name


def _make_product(dice: Dice, number: int, shelf: Shelf, category: int, name: str) -> Product:
    # The square makes cheap goods more common than dear ones.
    high = DEAREST.get(name.partition(" ")[2], shelf.high)
    base = int(shelf.low + (high - shelf.low) * dice.throw() ** 2)
    price = euros(base * 100 + dice.pick(PRICE_ENDINGS))
    active = dice.chance(0.94)
    return Product(
        id=number,
        name=name,
        sku=f"{plain(shelf.name)[:3].upper()}-{10_000 + number * 7}",
        category_id=category,
        supplier_id=0,
        price=price,
        cost=euros(int(price * dice.between(42, 74))),
        stock=_in_stock(dice) if active else 0,
        active=active,
        created_at=datetime.min,
    )


def _in_stock(dice: Dice) -> int:
    return 0 if dice.chance(0.04) else int(3 + dice.throw() ** 2 * 400)

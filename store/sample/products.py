"""Generator of the sample shop's categories, suppliers and products."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from store.sample.customers import to_ascii
from store.sample.demand import FIRST_DAY, LAST_DAY
from store.sample.product_data import DEPARTMENTS, MAX_PRICES, PRODUCT_LINES, CategoryData
from store.sample.rng import SeededRandom, euros_from_cents
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
    """Generate the departments, followed by the categories in each."""
    departments = [
        Category(number, department.name, None) for number, department in enumerate(DEPARTMENTS, start=1)
    ]
    children = [
        (category.name, parent.id)
        for parent, department in zip(departments, DEPARTMENTS, strict=True)
        for category in department.categories
    ]
    return departments + [
        Category(number, name, parent_id)
        for number, (name, parent_id) in enumerate(children, start=len(departments) + 1)
    ]


def make_suppliers(rng: SeededRandom, count: int) -> list[Supplier]:
    """Generate suppliers with distinct names."""
    return [_make_supplier(rng, number) for number in range(1, count + 1)]


def make_products(rng: SeededRandom, suppliers: int, count: int) -> list[Product]:
    """Generate products in the order of their launch, spread evenly over all categories."""
    categories = [category for department in DEPARTMENTS for category in department.categories]
    launches = _launches(rng, count, len(categories))
    names = [_names(rng, category) for category in categories]
    return [
        _make_product(
            rng, number, categories[position], len(DEPARTMENTS) + position + 1, next(names[position])
        )._replace(supplier_id=rng.integer(1, suppliers), created_at=created_at)
        for number, (position, created_at) in enumerate(launches, start=1)
    ]


def _make_supplier(rng: SeededRandom, number: int) -> Supplier:
    root = SUPPLIER_ROOTS[(number - 1) % len(SUPPLIER_ROOTS)]
    # 7 and 8 are coprime, so a root is combined with another form each time.
    form, country = SUPPLIER_FORMS[(number * 7 + number // len(SUPPLIER_ROOTS)) % len(SUPPLIER_FORMS)]
    domain = "org" if number > len(SUPPLIER_ROOTS) else "com"
    return Supplier(
        number,
        f"{root} {form}",
        country,
        f"{to_ascii(root).lower()}@example.{domain}",
        Decimal(rng.integer(25, 50)) / 10,
    )


def _launches(rng: SeededRandom, count: int, categories: int) -> list[tuple[int, datetime]]:
    """Return category position and launch time of each product: two thirds before the opening."""
    opening = datetime.combine(FIRST_DAY, datetime.min.time())
    open_days = (LAST_DAY - FIRST_DAY).days
    moments = [
        opening - timedelta(days=rng.integer(1, 30), minutes=rng.integer(0, 600))
        if number < count * 2 // 3
        else opening + timedelta(days=rng.integer(1, open_days - 20), minutes=rng.integer(480, 1080))
        for number in range(count)
    ]
    return [(number % categories, moment) for number, moment in enumerate(sorted(moments))]


def _names(rng: SeededRandom, category: CategoryData) -> Iterator[str]:
    """Generate distinct product names of a category."""
    used: set[str] = set()
    while True:
        name = f"{rng.choice(PRODUCT_LINES)} {rng.choice(category.nouns)}"
        if name not in used:
            used.add(name)
            yield name


def _make_product(
    rng: SeededRandom, number: int, category: CategoryData, category_id: int, name: str
) -> Product:
    # The square makes cheap products more common than expensive ones.
    high = MAX_PRICES.get(name.partition(" ")[2], category.high)
    base = int(category.low + (high - category.low) * rng.random() ** 2)
    price = euros_from_cents(base * 100 + rng.choice(PRICE_ENDINGS))
    active = rng.chance(0.94)
    return Product(
        id=number,
        name=name,
        sku=f"{to_ascii(category.name)[:3].upper()}-{10_000 + number * 7}",
        category_id=category_id,
        supplier_id=0,
        price=price,
        cost=euros_from_cents(int(price * rng.integer(42, 74))),
        stock=_stock(rng) if active else 0,
        active=active,
        created_at=datetime.min,
    )


def _stock(rng: SeededRandom) -> int:
    return 0 if rng.chance(0.04) else int(3 + rng.random() ** 2 * 400)

"""Generator of the sample shop's orders: customers, products, prices, coupons and status."""

from bisect import bisect
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import NamedTuple

from store.sample.customers import Address, Customer
from store.sample.demand import LAST_MOMENT, is_black_week
from store.sample.product_data import DEPARTMENTS
from store.sample.products import Product
from store.sample.rng import SeededRandom, WeightedChoice, euros_from_cents

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


# Discount in percent by coupon code.
COUPON_PERCENT = {"WELCOME10": 10, "SPRING15": 15, "SUMMER20": 20, "BLACKWEEK25": 25, "XMAS5": 5}
# Share of the eligible orders that use the code.
COUPON_USE_RATES = {"WELCOME10": 0.35, "SPRING15": 0.12, "SUMMER20": 0.15, "BLACKWEEK25": 0.45, "XMAS5": 0.2}


def choose_coupon(rng: SeededRandom, moment: datetime, is_first: bool) -> str | None:
    """Choose the coupon code of an order, or None."""
    code = "WELCOME10" if is_first else _seasonal_coupon(moment)
    return code if code and rng.chance(COUPON_USE_RATES[code]) else None


def _seasonal_coupon(moment: datetime) -> str | None:
    if is_black_week(moment.date()):
        return "BLACKWEEK25"
    return {3: "SPRING15", 4: "SPRING15", 7: "SUMMER20", 8: "SUMMER20", 12: "XMAS5"}.get(moment.month)


LINE_COUNTS = WeightedChoice((1, 2, 3, 4, 5), (44, 27, 15, 9, 5))
QUANTITIES = WeightedChoice((1, 2, 3, 4), (74, 18, 5, 3))
BUSINESS_QUANTITIES = WeightedChoice((1, 2, 3, 5, 10, 20), (30, 25, 18, 15, 9, 3))
CHANNELS = WeightedChoice(("web", "app", "phone", "marketplace"), (58, 27, 4, 11))
# Prices of earlier years in percent of the current price.
PAST_PRICE_PERCENT = {2023: 93, 2024: 95, 2025: 98}
# Upper bound of the season factors in DEPARTMENTS.
MAX_SEASON_FACTOR = 3.2
# Inactive products were last sold this long before the end.
DISCONTINUED_FOR = timedelta(days=120)


class Order(NamedTuple):
    """A row of `orders`."""

    id: int
    customer_id: int
    shipping_address_id: int
    status: str
    ordered_at: datetime
    shipped_at: datetime | None
    total: Decimal
    currency: str
    channel: str
    coupon_code: str | None


class OrderLine(NamedTuple):
    """A row of `order_lines`; `discount` is money off the whole line."""

    id: int
    order_id: int
    product_id: int
    quantity: int
    unit_price: Decimal
    discount: Decimal

    @property
    def amount(self) -> Decimal:
        """Total of the line after discount."""
        return self.quantity * self.unit_price - self.discount


@dataclass(frozen=True, slots=True)
class Sale:
    """Order with its lines and its timeline."""

    order: Order
    lines: tuple[OrderLine, ...]
    timeline: OrderTimeline


class CustomerSampler:
    """Random choice of buyers: some buy often, some never, and none before their sign-up."""

    def __init__(self, rng: SeededRandom, customers: list[Customer]) -> None:
        self._created_at = [customer.created_at for customer in customers]
        activity = {"consumer": 1.0, "business": 1.8, "vip": 3.5}
        weights = [
            0.0 if rng.chance(0.1) else activity[customer.segment] * (0.2 + rng.random() ** 2 * 2)
            for customer in customers
        ]
        self._weighted = WeightedChoice(customers, weights)

    def sample(self, rng: SeededRandom, moment: datetime) -> Customer:
        """Draw a customer who had signed up at this time."""
        return self._weighted.draw(rng, bisect(self._created_at, moment))


class ProductSampler:
    """Random choice of products: some sell well, some never, each according to its season."""

    def __init__(self, rng: SeededRandom, products: list[Product], departments: dict[int, int]) -> None:
        self._created_at = [product.created_at for product in products]
        self._departments = departments
        weights = [0.0 if rng.chance(0.015) else 0.12 + rng.random() ** 4 * 5 for _ in products]
        self._weighted = WeightedChoice(products, weights)

    def sample(self, rng: SeededRandom, moment: datetime) -> Product:
        """Draw a product that was available at this time, weighted by season."""
        available = bisect(self._created_at, moment)
        while True:
            product = self._weighted.draw(rng, available)
            season = DEPARTMENTS[self._departments[product.category_id] - 1].season.get(moment.month, 1.0)
            discontinued = not product.active and moment > LAST_MOMENT - DISCONTINUED_FOR
            if not discontinued and rng.chance(season / MAX_SEASON_FACTOR):
                return product


@dataclass
class OrderGenerator:
    """Generator of sales in chronological order. `ship_to` maps customer ids to address ids."""

    rng: SeededRandom
    customers: CustomerSampler
    products: ProductSampler
    ship_to: dict[int, int]
    _returning_customers: set[int] = field(default_factory=set)
    _line_count: int = 0

    def make_sale(self, number: int, moment: datetime) -> Sale:
        """Generate one order with its lines and timeline."""
        customer = self.customers.sample(self.rng, moment)
        coupon = choose_coupon(self.rng, moment, is_first=customer.id not in self._returning_customers)
        self._returning_customers.add(customer.id)
        basket = {self.products.sample(self.rng, moment) for _ in range(LINE_COUNTS.draw(self.rng))}
        quantities = BUSINESS_QUANTITIES if customer.segment == "business" else QUANTITIES
        lines = tuple(
            self._line(number, product, price_at(product, moment), quantities.draw(self.rng), coupon)
            for product in sorted(basket, key=attrgetter("id"))
        )
        timeline = make_timeline(self.rng, moment)
        order = Order(
            id=number,
            customer_id=customer.id,
            shipping_address_id=self.ship_to[customer.id],
            status=timeline.status,
            ordered_at=moment,
            shipped_at=timeline.shipped_at,
            total=sum((line.amount for line in lines), Decimal(0)),
            currency="EUR",
            channel=CHANNELS.draw(self.rng),
            coupon_code=coupon,
        )
        return Sale(order, lines, timeline)

    def _line(
        self, order: int, product: Product, price: Decimal, quantity: int, coupon: str | None
    ) -> OrderLine:
        self._line_count += 1
        percent = COUPON_PERCENT[coupon] if coupon else 0
        discount = euros_from_cents(int(quantity * price * percent))
        return OrderLine(self._line_count, order, product.id, quantity, price, discount)


def price_at(product: Product, moment: datetime) -> Decimal:
    """Return the price of a product at a time; past prices are rounded down to ten cents."""
    if moment.year not in PAST_PRICE_PERCENT:
        return product.price
    return euros_from_cents(int(product.price * PAST_PRICE_PERCENT[moment.year]) // 10 * 10)


def make_sales(orders: OrderGenerator, timestamps: list[datetime]) -> list[Sale]:
    """Generate an order at each of these times."""
    return [orders.make_sale(number, moment) for number, moment in enumerate(timestamps, start=1)]


def shipping_address_ids(addresses: list[Address]) -> dict[int, int]:
    """Map customer ids to the shipping address, or to the billing address if there is none."""
    return {address.customer_id: address.id for address in sorted(addresses, key=attrgetter("kind"))}


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

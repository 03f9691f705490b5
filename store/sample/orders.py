"""Make the sample shop's orders: who bought what and when, what it came to, and where the parcel is."""

from bisect import bisect
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import NamedTuple

from store.sample.customers import Address, Customer
from store.sample.demand import CLOSING, is_black_week
from store.sample.order_timeline import Course, follow
from store.sample.product_data import DEPARTMENTS
from store.sample.products import Product
from store.sample.rng import Dice, Urn, euros

# Percent off by code.
PERCENT = {"WELCOME10": 10, "SPRING15": 15, "SUMMER20": 20, "BLACKWEEK25": 25, "XMAS5": 5}
# How many of those who could use a code do so.
TAKE_UP = {"WELCOME10": 0.35, "SPRING15": 0.12, "SUMMER20": 0.15, "BLACKWEEK25": 0.45, "XMAS5": 0.2}


def offer(dice: Dice, moment: datetime, is_first: bool) -> str | None:
    """Give the code used on an order, or None."""
    code = "WELCOME10" if is_first else _of_the_season(moment)
    return code if code and dice.chance(TAKE_UP[code]) else None


def _of_the_season(moment: datetime) -> str | None:
    if is_black_week(moment.date()):
        return "BLACKWEEK25"
    return {3: "SPRING15", 4: "SPRING15", 7: "SUMMER20", 8: "SUMMER20", 12: "XMAS5"}.get(moment.month)


LINE_COUNTS = Urn((1, 2, 3, 4, 5), (44, 27, 15, 9, 5))
QUANTITIES = Urn((1, 2, 3, 4), (74, 18, 5, 3))
BUSINESS_QUANTITIES = Urn((1, 2, 3, 5, 10, 20), (30, 25, 18, 15, 9, 3))
CHANNELS = Urn(("web", "app", "phone", "marketplace"), (58, 27, 4, 11))
# What a product cost in earlier years, in hundredths of today's price.
PAST_PRICES = {2023: 93, 2024: 95, 2025: 98}
# No demand in DEPARTMENTS is above this.
HIGHEST_SEASON = 3.2
# Goods taken out of the range were last sold this long ago.
GONE_SINCE = timedelta(days=120)


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
        """What the line comes to."""
        return self.quantity * self.unit_price - self.discount


@dataclass(frozen=True, slots=True)
class Sale:
    """An order with its lines and with what became of it."""

    order: Order
    lines: tuple[OrderLine, ...]
    course: Course


class Shoppers:
    """Customers as they come to buy: some often, some never, nobody before signing up."""

    def __init__(self, dice: Dice, customers: list[Customer]) -> None:
        self._since = [customer.created_at for customer in customers]
        zeal = {"consumer": 1.0, "business": 1.8, "vip": 3.5}
        weights = [
            0.0 if dice.chance(0.1) else zeal[customer.segment] * (0.2 + dice.throw() ** 2 * 2)
            for customer in customers
        ]
        self._urn = Urn(customers, weights)

    def come(self, dice: Dice, moment: datetime) -> Customer:
        """Send somebody into the shop."""
        return self._urn.draw(dice, bisect(self._since, moment))


class Shelves:
    """Products as they are bought: some much, some never, each in its season."""

    def __init__(self, dice: Dice, products: list[Product], departments: dict[int, int]) -> None:
        self._since = [product.created_at for product in products]
        self._departments = departments
        weights = [0.0 if dice.chance(0.015) else 0.12 + dice.throw() ** 4 * 5 for _ in products]
        self._urn = Urn(products, weights)

    def take(self, dice: Dice, moment: datetime) -> Product:
        """Take something from a shelf that is wanted at this time of the year."""
        among = bisect(self._since, moment)
        while True:
            product = self._urn.draw(dice, among)
            season = DEPARTMENTS[self._departments[product.category_id] - 1].season.get(moment.month, 1.0)
            gone = not product.active and moment > CLOSING - GONE_SINCE
            if not gone and dice.chance(season / HIGHEST_SEASON):
                return product


@dataclass
class Till:
    """Where sales are rung up, in the order they happen. `ship_to` gives a customer's address by id."""

    dice: Dice
    shoppers: Shoppers
    shelves: Shelves
    ship_to: dict[int, int]
    _regulars: set[int] = field(default_factory=set)
    _lines: int = 0

    def sell(self, number: int, moment: datetime) -> Sale:
        """Ring up one order."""
        customer = self.shoppers.come(self.dice, moment)
        coupon = offer(self.dice, moment, is_first=customer.id not in self._regulars)
        self._regulars.add(customer.id)
        basket = {self.shelves.take(self.dice, moment) for _ in range(LINE_COUNTS.draw(self.dice))}
        quantities = BUSINESS_QUANTITIES if customer.segment == "business" else QUANTITIES
        lines = tuple(
            self._line(number, product, price_at(product, moment), quantities.draw(self.dice), coupon)
            for product in sorted(basket, key=attrgetter("id"))
        )
        course = follow(self.dice, moment)
        order = Order(
            id=number,
            customer_id=customer.id,
            shipping_address_id=self.ship_to[customer.id],
            status=course.status,
            ordered_at=moment,
            shipped_at=course.shipped_at,
            total=sum((line.amount for line in lines), Decimal(0)),
            currency="EUR",
            channel=CHANNELS.draw(self.dice),
            coupon_code=coupon,
        )
        return Sale(order, lines, course)

    def _line(
        self, order: int, product: Product, price: Decimal, quantity: int, coupon: str | None
    ) -> OrderLine:
        self._lines += 1
        percent = PERCENT[coupon] if coupon else 0
        discount = euros(int(quantity * price * percent))
        return OrderLine(self._lines, order, product.id, quantity, price, discount)


def price_at(product: Product, moment: datetime) -> Decimal:
    """What a product cost then, to ten cents in years gone by."""
    if moment.year not in PAST_PRICES:
        return product.price
    return euros(int(product.price * PAST_PRICES[moment.year]) // 10 * 10)


def make_sales(till: Till, moments: list[datetime]) -> list[Sale]:
    """Ring up an order at each of these moments."""
    return [till.sell(number, moment) for number, moment in enumerate(moments, start=1)]


def find_delivery(addresses: list[Address]) -> dict[int, int]:
    """Say for each customer where parcels go: the shipping address, or the billing address without one."""
    return {address.customer_id: address.id for address in sorted(addresses, key=attrgetter("kind"))}

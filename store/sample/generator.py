"""Make the sample shop: the same hundred thousand rows from the same seed, everywhere."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from store.sample.carts import Cart, CartItem, fill_carts, make_carts
from store.sample.customers import Address, Customer, make_addresses, make_customers
from store.sample.demand import moments
from store.sample.orders import Order, OrderLine, Sale, Shelves, Shoppers, Till, find_delivery, make_sales
from store.sample.payments_returns_reviews import (
    Payment,
    Return,
    Review,
    make_payments,
    make_returns,
    make_reviews,
)
from store.sample.products import Category, Product, Supplier, make_categories, make_products, make_suppliers
from store.sample.rng import Dice

SEED = 20261120
# Counts that come to about a hundred thousand rows in all.
CUSTOMERS, SUPPLIERS, PRODUCTS, ORDERS, CARTS = 4_000, 40, 600, 18_800, 2_400


@dataclass(frozen=True, slots=True)
class SampleTable:
    """A table of the shop with its rows, keys before those that point at them."""

    name: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]


def make_shop(seed: int = SEED) -> Iterator[SampleTable]:
    """Make all tables, in an order in which foreign keys always find what they point at."""
    dice = Dice(seed)
    customers = make_customers(dice, CUSTOMERS)
    yield SampleTable("customers", Customer._fields, customers)
    addresses = make_addresses(dice, customers)
    yield SampleTable("addresses", Address._fields, addresses)
    categories = make_categories()
    yield SampleTable("categories", Category._fields, categories)
    yield SampleTable("suppliers", Supplier._fields, make_suppliers(dice, SUPPLIERS))
    products = make_products(dice, SUPPLIERS, PRODUCTS)
    yield SampleTable("products", Product._fields, products)
    departments = {category.id: category.parent_id or category.id for category in categories}
    shoppers, shelves = Shoppers(dice, customers), Shelves(dice, products, departments)
    carts = make_carts(dice, shoppers, moments(dice, CARTS))
    yield SampleTable("carts", Cart._fields, carts)
    yield SampleTable("cart_items", CartItem._fields, fill_carts(dice, carts, shelves))
    sales = make_sales(Till(dice, shoppers, shelves, find_delivery(addresses)), moments(dice, ORDERS))
    yield from _tell_of_sales(dice, sales, products, _below(categories, "Clothing"))


def _tell_of_sales(
    dice: Dice, sales: list[Sale], products: list[Product], clothing: set[int]
) -> Iterator[SampleTable]:
    yield SampleTable("orders", Order._fields, [sale.order for sale in sales])
    yield SampleTable("order_lines", OrderLine._fields, [line for sale in sales for line in sale.lines])
    yield SampleTable("payments", Payment._fields, make_payments(dice, sales))
    worn = {product.id for product in products if product.category_id in clothing}
    yield SampleTable("returns", Return._fields, make_returns(dice, sales, worn))
    yield SampleTable("reviews", Review._fields, make_reviews(dice, sales, len(products)))


def _below(categories: list[Category], name: str) -> set[int]:
    """Name the shelves of a department."""
    top = next(category.id for category in categories if category.name == name)
    return {category.id for category in categories if category.parent_id == top}

"""Deterministic generator of the sample shop: about 100,000 rows from a seed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from store.sample.customers import Address, Customer, make_addresses, make_customers
from store.sample.demand import random_timestamps
from store.sample.orders import (
    Cart,
    CartItem,
    CustomerSampler,
    Order,
    OrderGenerator,
    OrderLine,
    ProductSampler,
    Sale,
    fill_carts,
    make_carts,
    make_sales,
    shipping_address_ids,
)
from store.sample.payments_returns_reviews import (
    Payment,
    Return,
    Review,
    make_payments,
    make_returns,
    make_reviews,
)
from store.sample.products import Category, Product, Supplier, make_categories, make_products, make_suppliers
from store.sample.rng import SeededRandom

SEED = 20261120
# About 100,000 rows in all tables together.
CUSTOMERS, SUPPLIERS, PRODUCTS, ORDERS, CARTS = 4_000, 40, 600, 18_800, 2_400


@dataclass(frozen=True, slots=True)
class SampleTable:
    """Table of the shop with its rows."""

    name: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]


def make_shop(seed: int = SEED) -> Iterator[SampleTable]:
    """Generate all tables, each after the tables that its foreign keys reference."""
    rng = SeededRandom(seed)
    customers = make_customers(rng, CUSTOMERS)
    yield SampleTable("customers", Customer._fields, customers)
    addresses = make_addresses(rng, customers)
    yield SampleTable("addresses", Address._fields, addresses)
    categories = make_categories()
    yield SampleTable("categories", Category._fields, categories)
    yield SampleTable("suppliers", Supplier._fields, make_suppliers(rng, SUPPLIERS))
    products = make_products(rng, SUPPLIERS, PRODUCTS)
    yield SampleTable("products", Product._fields, products)
    departments = {category.id: category.parent_id or category.id for category in categories}
    customer_sampler, product_sampler = (
        CustomerSampler(rng, customers),
        ProductSampler(rng, products, departments),
    )
    carts = make_carts(rng, customer_sampler, random_timestamps(rng, CARTS))
    yield SampleTable("carts", Cart._fields, carts)
    yield SampleTable("cart_items", CartItem._fields, fill_carts(rng, carts, product_sampler))
    orders = OrderGenerator(rng, customer_sampler, product_sampler, shipping_address_ids(addresses))
    sales = make_sales(orders, random_timestamps(rng, ORDERS))
    yield from _sales_tables(rng, sales, products, _categories_of(categories, "Clothing"))


def _sales_tables(
    rng: SeededRandom, sales: list[Sale], products: list[Product], clothing: set[int]
) -> Iterator[SampleTable]:
    yield SampleTable("orders", Order._fields, [sale.order for sale in sales])
    yield SampleTable("order_lines", OrderLine._fields, [line for sale in sales for line in sale.lines])
    yield SampleTable("payments", Payment._fields, make_payments(rng, sales))
    clothing_products = {product.id for product in products if product.category_id in clothing}
    yield SampleTable("returns", Return._fields, make_returns(rng, sales, clothing_products))
    yield SampleTable("reviews", Review._fields, make_reviews(rng, sales, len(products)))


def _categories_of(categories: list[Category], name: str) -> set[int]:
    """Return the ids of the categories in a department."""
    department = next(category.id for category in categories if category.name == name)
    return {category.id for category in categories if category.parent_id == department}

"""Schemas, plans and results of which replies speak: a shop with notes, a firm and a league without."""

from typing import Any

from agent.builtin.plan.model import (
    Col,
    Compare,
    Condition,
    During,
    Measure,
    Member,
    Plan,
)  # fmt: skip
from agent.builtin.schema.model import Schema, derive
from schema_docs.schema_map import Note, SchemaMap
from store.catalog import Catalog, Column, ColumnKind, ForeignKey, Table
from store.rows import RowColumn, Rows

KINDS: dict[str, ColumnKind] = {
    "i": "integer", "n": "number", "t": "text", "b": "boolean", "d": "date", "s": "timestamp",
}  # fmt: skip


def table(name: str, columns: str, **keys: str) -> Table:
    """`columns` are `name:kind` with `!` where never empty; `keys` lead from a column to a table."""
    made = []
    for column in columns.split():
        label, _, kind = column.partition(":")
        made.append(Column(label, "", KINDS[kind[0]], nullable=not kind.endswith("!")))
    foreign = tuple(ForeignKey((column,), other, ("id",)) for column, other in keys.items())
    return Table(None, name, tuple(made), ("id",), foreign)


def schema_of(*tables: Table, **notes: Note) -> Schema:
    named = {name.replace("__", "."): note for name, note in notes.items()}
    return derive(SchemaMap("x", 1, Catalog("sqlite", tables), named))


SHOP = schema_of(
    table("customers", "id:i! first_name:t last_name:t email:t segment:t country:t created_at:s!"),
    table("addresses", "id:i! customer_id:i! city:t", customer_id="customers"),
    table("orders",
          "id:i! customer_id:i! status:t ordered_at:s! total:n! coupon_code:t channel:t",
          customer_id="customers"),
    table("products", "id:i! name:t! category_id:i! price:n! stock:i! created_at:s! active:b",
          category_id="categories"),
    table("categories", "id:i! name:t! parent_id:i", parent_id="categories"),
    table("suppliers", "id:i! name:t! country:t rating:n"),
    table("order_lines", "id:i! order_id:i! product_id:i! quantity:i! unit_price:n!",
          order_id="orders", product_id="products"),
    customers=Note(label="customer"),
    customers__created_at=Note(label="signed up"),
    customers__email=Note(label="e-mail"),
    orders=Note(label="order"),
    orders__id=Note(label="order number"),
    orders__status=Note(label="order status"),
    orders__ordered_at=Note(label="order date"),
    orders__total=Note(label="total", unit="EUR", synonyms=("revenue", "sales")),
    orders__coupon_code=Note(label="coupon"),
    products=Note(label="product"),
    products__name=Note(label="product"),
    products__price=Note(label="price", unit="EUR"),
    products__created_at=Note(label="added"),
    categories=Note(label="category"),
    categories__name=Note(label="category"),
    suppliers=Note(label="supplier"),
    suppliers__name=Note(label="supplier"),
    suppliers__country=Note(label="supplier's country"),
    order_lines__unit_price=Note(unit="EUR"),
)  # fmt: skip
# Nobody wrote notes on these.
FIRM = schema_of(
    table("Employees", "id:i! Name:t! Salary:n HireDate:d BirthDate:d is_manager:b DeptID:i",
          DeptID="Departments"),
    table("Departments", "id:i! DeptName:t! budget:n"),
)  # fmt: skip
LEAGUE = schema_of(
    table("teams", "id:i! name:t! city:t founded_year:i"),
    table("matches", "id:i! home_team_id:i! away_team_id:i! played_on:d! home_goals:i! away_goals:i!",
          home_team_id="teams", away_team_id="teams"),
)  # fmt: skip

CITY = Col("addresses", "city")
STATUS, TOTAL, ORDERED = Col("orders", "status"), Col("orders", "total"), Col("orders", "ordered_at")
CHANNEL, COUPON = Col("orders", "channel"), Col("orders", "coupon_code")
PRODUCT, PRICE, STOCK = Col("products", "name"), Col("products", "price"), Col("products", "stock")
ADDED, ACTIVE = Col("products", "created_at"), Col("products", "active")
CATEGORY = Col("categories", "name")
SUPPLIER, COUNTRY = Col("suppliers", "name"), Col("suppliers", "country")
NAMES = (Col("customers", "first_name"), Col("customers", "last_name"))
SEGMENT, EMAIL = Col("customers", "segment"), Col("customers", "email")
SIGNED_UP = Col("customers", "created_at")
ORDERS = Measure("count", of="orders")
IN_2025 = During(ORDERED, "2025-01-01", "2026-01-01", "2025")
LAST_MONTH = During(ORDERED, "2026-10-01", "2026-11-01", "last month")
VIP = Compare(SEGMENT, "=", "vip")
GARDEN = Compare(CATEGORY, "=", "Garden")
CUSTOMER_KEY = Col("customers", "id")
NEVER = Member(CUSTOMER_KEY, Plan("customers", (CUSTOMER_KEY,), tables=("orders",)), negated=True)


def rows(*values: tuple[Any, ...], truncated: bool = False) -> Rows:
    width = len(values[0]) if values else 1
    return Rows(tuple(RowColumn(str(n), "text") for n in range(width)), values, truncated)


def one(value: Any) -> Rows:
    return rows((value,))


def counting(table: str, *where: Condition, tables: tuple[str, ...] = ()) -> Plan:
    return Plan(table, (Measure("count", of=table),), where, tables=tables)


def firm(name: str) -> Col:
    """A column of the employees."""
    return Col("Employees", name)

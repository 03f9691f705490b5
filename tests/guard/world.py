"""The catalog that the guard's own statements speak of."""

from store.catalog import Catalog, Column, Dialect, Table

TABLES = {
    "customers": "id name email city country created_at tags meta tenant_id order Group",
    "orders": "id customer_id status total order_date shipped_at items tenant_id",
    "products": "id name category price attrs discontinued",
    "order_items": "order_id product_id qty unit_price",
    "employees": "id name manager_id salary dept hired",
    "events": "id ts kind payload duration ip during",
}


def shop(dialect: Dialect) -> Catalog:
    """The six tables that may be asked; `secrets` and the rest exist, and are not among them."""
    schema = "public" if dialect == "postgres" else None
    tables = tuple(
        Table(schema, name, tuple(Column(column, "text", "text") for column in columns.split()))
        for name, columns in TABLES.items()
    )
    return Catalog(dialect, tables, schema)

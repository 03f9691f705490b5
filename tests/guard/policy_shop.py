"""A small shop with a policy, and what is left of it: the same rows, told by Python instead of SQL."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from store.access.roles import Access, Choice, Mask, Role, RowRule
from store.catalog import Catalog, Column, ColumnKind, Dialect, Table

Row = tuple[Any, ...]
SALT = "pepper"
LEAST, REGION = 25, "EU"

REGIONS = ["EU", "US", None, "eu"]
NAMES = ["Annabel Lee", "Bo", None, "Christopher", "12345678", "Zoë Zoëlle"]
CUSTOMERS: list[Row] = [
    (n, REGIONS[n % 4], NAMES[n % 6], [17, 25, 33, None, 48, 9, 30][n % 7], f"a{n}@x.io", f"s{n}")
    for n in range(1, 13)
]
ORDERS: list[Row] = [
    (n, n % 9 or None, REGIONS[(n // 2) % 4], [5, 20, None, 37, -4][n % 5], ["x", None, "bad"][n % 3])
    for n in range(1, 16)
]
ITEMS: list[Row] = [(n % 16 or None, [1, 2, None, 7][n % 4], ["a", "b", None][n % 3]) for n in range(1, 25)]
WORDS: list[Row] = [(1, "EU"), (2, "US"), (3, None), (5, "bad"), (8, "a")]

ROLE = Role(
    columns=Choice(hide=("customers.secret",)),
    rows=(
        RowRule(("customers",), "age >= :claim.least OR age IS NULL"),
        RowRule(("orders",), "region = :claim.region"),
        RowRule(("items",), "order_id IN (SELECT id FROM orders AS o WHERE o.total > 10)"),
    ),
    masks=(
        Mask(("customers.name",), "last_four"),
        Mask(("customers.age",), "bucket", 10),
        Mask(("customers.email",), "null"),
        Mask(("orders.note",), "hash"),
    ),
)
ACCESS = Access(ROLE, (("least", LEAST), ("region", REGION)), "shop", SALT)


@dataclass(frozen=True, slots=True)
class Stored:
    """A table: names and kinds of its columns, all of its rows, and those that the policy leaves."""

    name: str
    columns: dict[str, ColumnKind]
    rows: list[Row]
    left_columns: dict[str, ColumnKind]
    left: list[Row]


def _last_four(value: str | None) -> str | None:
    return None if value is None else f"****{value[-4:]}" if len(value) >= 8 else "****"


def _hashed(value: str | None) -> str | None:
    return None if value is None else sha256(f"{SALT}{value}".encode()).hexdigest()[:16]


def _left_customers() -> list[Row]:
    return [
        (id, region, _last_four(name), None if age is None else age // 10 * 10, None)
        for id, region, name, age, _, _ in CUSTOMERS
        if age is None or age >= LEAST
    ]


def _left_orders() -> list[Row]:
    return [(*row[:4], _hashed(row[4])) for row in ORDERS if row[2] == REGION]


def _left_items() -> list[Row]:
    dear = {id for id, _, _, total, _ in ORDERS if total is not None and total > 10}
    return [row for row in ITEMS if row[0] in dear]


_PERSON: dict[str, ColumnKind] = {
    "id": "integer", "region": "text", "name": "text", "age": "integer", "email": "text"
}  # fmt: skip
_ORDER: dict[str, ColumnKind] = {
    "id": "integer", "customer_id": "integer", "region": "text", "total": "integer", "note": "text"
}  # fmt: skip
_ITEM: dict[str, ColumnKind] = {"order_id": "integer", "qty": "integer", "label": "text"}
_WORD: dict[str, ColumnKind] = {"id": "integer", "word": "text"}

TABLES = (
    Stored(
        "customers", {**_PERSON, "secret": "text"}, CUSTOMERS, {**_PERSON, "age": "number"}, _left_customers()
    ),
    Stored("orders", _ORDER, ORDERS, _ORDER, _left_orders()),
    Stored("items", _ITEM, ITEMS, _ITEM, _left_items()),
    Stored("words", _WORD, WORDS, _WORD, WORDS),
)
TYPES: dict[ColumnKind, str] = {"integer": "integer", "text": "varchar(40)", "number": "numeric"}


def catalog(dialect: Dialect) -> Catalog:
    """All of it, as a target tells it."""
    schema = {"postgres": "public", "duckdb": "main"}.get(dialect)
    tables = tuple(
        Table(
            schema,
            table.name,
            tuple(Column(name, TYPES[kind], kind) for name, kind in table.columns.items()),
        )
        for table in TABLES
    )
    return Catalog(dialect, tables, schema)


def script(*, left: bool) -> str:
    """Make the shop, or what the policy leaves of it."""
    return "\n".join(_make(table, left=left) for table in TABLES)


def _make(table: Stored, *, left: bool) -> str:
    columns, rows = (table.left_columns, table.left) if left else (table.columns, table.rows)
    declared = ", ".join(f"{name} {TYPES[kind]}" for name, kind in columns.items())
    values = ", ".join(f"({', '.join(map(_literal, row))})" for row in rows)
    return f"CREATE TABLE {table.name} ({declared}); INSERT INTO {table.name} VALUES {values};"


def _literal(value: object) -> str:
    return "NULL" if value is None else str(value) if isinstance(value, int) else f"'{value}'"

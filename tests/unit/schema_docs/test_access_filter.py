import pytest

from schema_docs.access_filter import HiddenNames, is_example_visible
from schema_docs.schema_map import Term
from store.access.catalog_filter import filter_catalog
from store.access.roles import Access, Mask, NameFilter, Role, RowRule
from store.catalog import Catalog, Column, Table

ORDERS = Table("public", "orders", (Column("id", "int", "integer"), Column("total", "int", "integer")))
PAYMENTS = Table("public", "payments", (Column("id", "int", "integer"), Column("pan_hash", "text", "text")))
STAFF = Table("public", "Staff2", (Column("id", "int", "integer"), Column("total", "int", "integer")))
WHOLE = Catalog("postgres", (ORDERS, PAYMENTS, STAFF), default_schema="public")
HIDDEN = HiddenNames(WHOLE, Catalog("postgres", (ORDERS,), default_schema="public"))


@pytest.mark.parametrize(
    "text",
    [
        "Counted from `payments`.",
        "Counted from `PAYMENTS p`.",
        "See payments.id for more.",
        "It is public.payments.id of course.",
        "The pan_hash of a card.",
        "PAN_HASH",
        "As in Staff2.",
        "staff2.total",
    ],
)
def test_what_is_written_as_a_name_is_noticed(text: str) -> None:
    assert HIDDEN.occur_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "Money that came in by payments.",
        "Payments, and what becomes of them.",
        "The `total` of orders.",
        "orders.id, or `id`",
        "pan hash",
        "e.g. 2025",
        "",
    ],
)
def test_a_word_of_the_language_or_of_what_is_seen_is_none(text: str) -> None:
    assert not HIDDEN.occur_in(text)


@pytest.mark.parametrize(
    "term",
    [
        Term("pan hash"),
        Term("fingerprint", synonyms=("Payments",)),
        Term("fingerprint", meaning="What stands in `pan_hash`."),
        Term("revenue", sql="sum(payments.total)"),
        Term("revenue", sql="pan_hash IS NOT NULL"),
    ],
)
def test_a_term_that_is_called_like_it_or_names_it_is_noticed(term: Term) -> None:
    assert HIDDEN.occur_in_term(term)


def test_a_term_about_what_is_seen_is_none() -> None:
    assert not HIDDEN.occur_in_term(Term("revenue", meaning="What orders brought.", sql="sum(orders.total)"))


def test_where_all_is_seen_nothing_is_hidden() -> None:
    assert not HiddenNames(WHOLE, WHOLE).occur_in("`payments` and pan_hash")


def table(name: str, *columns: str) -> Table:
    return Table(None, name, tuple(Column(column, "text", "text") for column in columns))


SHOP = Catalog(
    "sqlite", (table("orders", "id", "total", "secret"), table("people", "id", "name"), table("pay", "id"))
)
ROLE = Role(
    tables=NameFilter(hide=("pay",)),
    columns=NameFilter(hide=("orders.secret",)),
    rows=(RowRule(("people",), "id = 1"),),
    masks=(Mask(("orders.total",), "bucket", 10),),
)


@pytest.mark.parametrize(
    ("sql", "visible"),
    [
        ("SELECT id FROM orders", True),
        ("SELECT count(*) FROM orders", True),
        ("SELECT sum(total) FROM orders", True),
        ("SELECT id FROM pay", False),
        ("SELECT id FROM (SELECT id FROM Pay)", False),
        ("WITH pay AS (SELECT id FROM orders) SELECT id FROM pay", True),
        ("SELECT secret FROM orders", False),
        ("SELECT * FROM orders", False),
        ("SELECT o.* FROM orders AS o", False),
        ("SELECT id FROM orders WHERE SECRET = 'x'", False),
        ("SELECT id FROM orders WHERE total > 50", False),
        ("SELECT name FROM people", True),
        ("SELECT name FROM people WHERE name = 'Ann'", False),
        ("SELECT id FROM nowhere", False),
        ("SELECT (", False),
    ],
)
def test_an_example_gives_nothing_hidden_away(sql: str, visible: bool) -> None:
    access = Access(ROLE)
    assert is_example_visible(sql, SHOP, filter_catalog(SHOP, access), access) is visible

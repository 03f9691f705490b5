from dataclasses import replace
from datetime import date

from schema_docs.documents.table_document import count_tokens, write_table_document, write_table_outline
from schema_docs.schema_map import Note, SchemaMap
from store.catalog import Catalog, Column, ForeignKey, Table
from store.targets.target import ColumnProfile

ORDERS = Table(
    "public",
    "orders",
    (
        Column("id", "bigint", "integer", nullable=False),
        Column("status", "text", "text", comment="Where it is"),
        Column("custId", "bigint", "integer"),
        Column("placed", "date", "date"),
        Column("total", "numeric", "number"),
    ),
    primary_key=("id",),
    foreign_keys=(ForeignKey(("custId",), "public.customers", ("id",)),),
    row_estimate=1200,
)
CUSTOMERS = Table("public", "customers", (Column("id", "bigint", "integer"),), unique=(("id",),))
OTHER = Table("other", "orders", ())
SHOP = SchemaMap(
    "shop",
    1,
    Catalog("postgres", (ORDERS, CUSTOMERS, OTHER), "public"),
    {
        "public.orders": Note("What people buy", ("sales",)),
        "public.orders.total": Note(unit="EUR"),
    },
    {
        "public.orders": {
            "status": ColumnProfile("status", 0.25, 2, values=("paid", "it's\nnew")),
            "placed": ColumnProfile("placed", 0.0, 900, date(2020, 1, 1), date(2024, 1, 1)),
        }
    },
)


def test_a_page_says_what_is_known() -> None:
    assert write_table_document(ORDERS, SHOP).text.splitlines() == [
        "orders: What people buy. Also called: sales. (about 1,200 rows)",
        "- id bigint primary key",
        "- status text: Where it is. One of 'paid', 'it's new'. 25% empty.",
        "- custId bigint -> customers.id",
        "- placed date: From 2020-01-01 to 2024-01-01.",
        "- total numeric, in EUR",
    ]


def test_a_table_outside_the_default_schema_is_named_in_full() -> None:
    assert write_table_document(OTHER, SHOP).text == "other.orders"


def test_accepted_values_stand_before_sampled_ones() -> None:
    schema = SchemaMap(
        "shop", 1, SHOP.catalog, {"public.orders.status": Note(accepted_values=("a", "b"))}, SHOP.profiles
    )
    page = write_table_document(ORDERS, schema).text
    assert "One of 'a', 'b'." in page
    assert "paid" not in page


def test_a_long_value_is_cut() -> None:
    profile = {"public.orders": {"status": ColumnProfile("status", 0, 1, values=("x" * 500,))}}
    assert "x" * 60 not in write_table_document(ORDERS, SchemaMap("shop", 1, SHOP.catalog, {}, profile)).text


WIDE = Table(None, "wide", tuple(Column(f"column_{n}", "TEXT", "text") for n in range(300)), ("column_200",))
WIDE_MAP = SchemaMap("wide", 1, Catalog("sqlite", (WIDE,)))


def test_a_wide_table_shows_what_matters_and_names_the_rest_within_its_budget() -> None:
    page = write_table_document(WIDE, WIDE_MAP, 200, {"column_77"}).text
    assert count_tokens(page) <= 200
    assert "- column_77 TEXT" in page
    assert "- column_200 TEXT primary key" in page
    assert "- column_150 TEXT" not in page
    assert page.splitlines()[-1].startswith("- also: ")


def test_an_outline_keeps_its_budget_and_counts_what_it_left_out() -> None:
    outline = write_table_outline(WIDE, WIDE_MAP, 100).text
    assert count_tokens(outline) <= 100
    assert "more columns)" in outline


def test_an_outline_is_all_that_sql_needs() -> None:
    assert write_table_outline(ORDERS, SHOP).text == (
        "orders(id bigint primary key, status text, custId bigint -> customers.id, "
        "placed date, total numeric)"
    )


def test_a_table_without_columns_has_a_page() -> None:
    empty = Table(None, "nothing", ())
    schema = SchemaMap("x", 1, Catalog("sqlite", (empty,)))
    assert write_table_document(empty, schema).text == "nothing"
    assert write_table_outline(empty, schema).text == "nothing()"


def test_the_labels_of_an_enum_are_shown_also_without_a_sample() -> None:
    mood = Column("mood", "mood", "text", labels=("sad", "glad"))
    table = Table(None, "people", (mood,))
    page = write_table_document(table, SchemaMap("", 1, Catalog("postgres", (table,))))
    assert page.text.splitlines()[1] == "- mood mood: One of 'sad', 'glad'."


def test_a_page_says_about_how_many_other_values_there_are() -> None:
    sampled = ColumnProfile(
        "status", 0.0, 700, values=("paid", "new"), non_null_count=1000, singleton_count=600
    )
    schema = SchemaMap("shop", 1, SHOP.catalog, {}, {"public.orders": {"status": sampled}})
    large = replace(ORDERS, row_estimate=100_000)
    assert "For example 'paid', 'new' of about 1,700." in write_table_document(large, schema).text
    assert (
        "For example 'paid', 'new'." in write_table_document(replace(ORDERS, row_estimate=None), schema).text
    )

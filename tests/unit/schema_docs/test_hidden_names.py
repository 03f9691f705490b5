import pytest

from schema_docs.hidden_names import HiddenNames
from schema_docs.schema_map import Term
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
    assert HIDDEN.are_in(text)


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
    assert not HIDDEN.are_in(text)


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
    assert HIDDEN.are_in_term(term)


def test_a_term_about_what_is_seen_is_none() -> None:
    assert not HIDDEN.are_in_term(Term("revenue", meaning="What orders brought.", sql="sum(orders.total)"))


def test_where_all_is_seen_nothing_is_hidden() -> None:
    assert not HiddenNames(WHOLE, WHOLE).are_in("`payments` and pan_hash")

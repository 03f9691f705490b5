import pytest

from schema_docs.note_files import NotesFile
from schema_docs.notes import read_notes
from schema_docs.schema_map import Note, Term
from schema_docs.terms import parsed, summed_column, terms_in
from store.catalog import Catalog, Column, Table

SHOP = Catalog(
    "sqlite", (Table(None, "orders", (Column("id", "int", "integer"), Column("total", "int", "integer"))),)
)


def read(text: str) -> dict[str, Note]:
    return dict(read_notes([NotesFile("terms.yml", text)], SHOP).notes)


def test_a_term_is_found_by_its_name_or_synonym_in_singular_or_plural() -> None:
    active, whale = Term("active customer", "Ordered lately."), Term("whale", synonyms=("big spender",))
    assert terms_in("How many active customers are big spenders?", (whale, active)) == (active, whale)
    assert terms_in("How many customers are inactive?", (whale, active)) == ()


def test_what_is_only_another_word_is_a_synonym() -> None:
    assert read("terms: [{term: purchase, synonyms: [sale], about: orders}]")["orders"].synonyms == (
        "purchase",
        "sale",
    )


def test_a_term_that_means_more_than_its_table_is_no_synonym_of_it() -> None:
    assert read("terms: [{term: large order, meaning: Over 100., about: orders}]") == {}


@pytest.mark.parametrize(
    ("sql", "column"),
    [
        ("sum(orders.total)", "orders.total"),
        ("avg(orders.total)", None),
        ("sum(orders.total) - 1", None),
        ("sum(", None),
    ],
)
def test_a_plain_sum_is_a_word_for_its_column(sql: str, column: str | None) -> None:
    assert (
        summed_column(Term("turnover", kind="metric", sql=sql, about=("orders.total",)), "sqlite") == column
    )


def test_a_metric_that_is_a_sum_calls_its_column() -> None:
    assert read("metrics: [{metric: turnover, sql: sum(orders.total)}]")["orders.total"].synonyms == (
        "turnover",
    )


def test_a_term_in_words_says_all_of_it() -> None:
    term = Term("net", "After tax", synonyms=("clear",), sql="sum(x)", unit="EUR")
    assert str(term) == "net (also clear): After tax. As SQL: sum(x). In EUR."


def test_no_sql_is_no_tree() -> None:
    assert parsed("this is ( not", "sqlite") is None

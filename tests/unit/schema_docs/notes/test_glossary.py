import pytest

from schema_docs.errors import NotesUnreadable
from schema_docs.notes.files import NotesFile
from schema_docs.notes.glossary import find_summed_column, find_terms, parse_sql, read_front_matter
from schema_docs.notes.notes import NotesReport, read_notes
from schema_docs.schema_map import Note, Term
from store.catalog import Catalog, Column, Table
from tests.unit.schema_docs.notes.test_notes import SHOP as NOTES_SHOP

SHOP = Catalog(
    "sqlite", (Table(None, "orders", (Column("id", "int", "integer"), Column("total", "int", "integer"))),)
)


def read(text: str) -> dict[str, Note]:
    return dict(read_notes([NotesFile("terms.yml", text)], SHOP).notes)


def test_a_term_is_found_by_its_name_or_synonym_in_singular_or_plural() -> None:
    active, whale = Term("active customer", "Ordered lately."), Term("whale", synonyms=("big spender",))
    assert find_terms("How many active customers are big spenders?", (whale, active)) == (active, whale)
    assert find_terms("How many customers are inactive?", (whale, active)) == ()


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
        find_summed_column(Term("turnover", kind="metric", sql=sql, about=("orders.total",)), "sqlite")
        == column
    )


def test_a_metric_that_is_a_sum_calls_its_column() -> None:
    assert read("metrics: [{metric: turnover, sql: sum(orders.total)}]")["orders.total"].synonyms == (
        "turnover",
    )


def test_a_term_in_words_says_all_of_it() -> None:
    term = Term("net", "After tax", synonyms=("clear",), sql="sum(x)", unit="EUR")
    assert str(term) == "net (also clear): After tax. As SQL: sum(x). In EUR."


def test_no_sql_is_no_tree() -> None:
    assert parse_sql("this is ( not", "sqlite") is None


def read_markdown(text: str) -> NotesReport:
    return read_notes([NotesFile("page.md", text)], NOTES_SHOP)


def test_a_page_says_what_a_term_means() -> None:
    report = read_markdown(
        "---\nterm: active customer\nsynonyms: [regular]\nabout: [customers, orders.status]\n---\n"
        "# Active customer\n\nActive customer means one who\nordered lately.\n"
    )
    means = "Active customer means one who ordered lately."
    about = ("customers", "orders.status")
    assert report.terms == (Term("active customer", means, synonyms=("regular",), about=about),)
    assert report.problems == ()


def test_a_metric_says_how_it_is_reckoned() -> None:
    report = read_markdown(
        "---\nmetric: orders paid\nsql: count(*) filter (where orders.status = 'paid')\n---\n"
    )
    (term,) = report.terms
    assert (term.kind, term.about) == ("metric", ("orders.status",))


def test_a_page_may_be_about_a_table_or_a_column() -> None:
    assert read_markdown("---\ntable: orders\nsynonyms: sales\n---\nAll orders.").notes == {
        "orders": Note("All orders.", ("sales",))
    }
    assert read_markdown("---\ncolumn: orders.status\nunit: steps\n---\n").notes == {
        "orders.status": Note(unit="steps")
    }


def test_a_page_may_hold_several_terms_and_words_for_places() -> None:
    report = read_markdown(
        "---\nterms:\n  - term: vip\n    meaning: Pays a lot.\n  - name: regular\n"
        "synonyms:\n  customers.name: [called, who]\n---\n"
    )
    assert [term.name for term in report.terms] == ["vip", "regular"]
    assert report.notes["customers.name"].synonyms == ("called", "who")


def test_a_heading_names_the_term_where_nothing_else_does() -> None:
    report = read_markdown("---\nabout: customers\n---\n# Whale\nOne who pays a lot.")
    assert report.terms == (Term("Whale", "One who pays a lot.", about=("customers",)),)


def test_names_that_do_not_exist_are_told_with_their_lines() -> None:
    report = read_markdown(
        "---\nterm: vip\nsql: orders.totl > 5\nabout:\n  - customers\n  - clients\n---\nPays a lot."
    )
    assert [str(problem) for problem in report.problems] == [
        "page.md, line 2: The SQL names orders.totl, which does not exist.",
        "page.md, line 6: There is no table or column 'clients'.",
    ]
    assert report.terms[0].about == ("customers",)


@pytest.mark.parametrize(
    "text", ["", "# No front", "---\nterm: a\n", "text\n---\na: b\n---\n", "---\n- a\n---\n"]
)
def test_a_page_without_front_matter_is_refused(text: str) -> None:
    with pytest.raises(NotesUnreadable):
        read_front_matter(text, "page.md")


def test_a_bomb_in_front_is_refused_by_its_line() -> None:
    bomb = "---\na: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{new}: &{new} [{','.join([f'*{old}'] * 10)}]\n" for old, new in zip("abcdef", "bcdefg", strict=True)
    )
    report = read_markdown(f"{bomb}---\nterm")
    assert len(report.unreadable) == 1
    assert report.notes == {}

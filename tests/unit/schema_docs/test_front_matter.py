import pytest

from schema_docs.errors import NotesUnreadable
from schema_docs.front_matter import read_page
from schema_docs.note_files import NotesFile
from schema_docs.notes import NotesReport, read_notes
from schema_docs.schema_map import Note, Term
from tests.unit.schema_docs.test_notes import SHOP


def read(text: str) -> NotesReport:
    return read_notes([NotesFile("page.md", text)], SHOP)


def test_a_page_says_what_a_term_means() -> None:
    report = read(
        "---\nterm: active customer\nsynonyms: [regular]\nabout: [customers, orders.status]\n---\n"
        "# Active customer\n\nActive customer means one who\nordered lately.\n"
    )
    means = "Active customer means one who ordered lately."
    about = ("customers", "orders.status")
    assert report.terms == (Term("active customer", means, synonyms=("regular",), about=about),)
    assert report.problems == ()


def test_a_metric_says_how_it_is_reckoned() -> None:
    report = read("---\nmetric: orders paid\nsql: count(*) filter (where orders.status = 'paid')\n---\n")
    (term,) = report.terms
    assert (term.kind, term.about) == ("metric", ("orders.status",))


def test_a_page_may_be_about_a_table_or_a_column() -> None:
    assert read("---\ntable: orders\nsynonyms: sales\n---\nAll orders.").notes == {
        "orders": Note("All orders.", ("sales",))
    }
    assert read("---\ncolumn: orders.status\nunit: steps\n---\n").notes == {
        "orders.status": Note(unit="steps")
    }


def test_a_page_may_hold_several_terms_and_words_for_places() -> None:
    report = read(
        "---\nterms:\n  - term: vip\n    meaning: Pays a lot.\n  - name: regular\n"
        "synonyms:\n  customers.name: [called, who]\n---\n"
    )
    assert [term.name for term in report.terms] == ["vip", "regular"]
    assert report.notes["customers.name"].synonyms == ("called", "who")


def test_a_heading_names_the_term_where_nothing_else_does() -> None:
    report = read("---\nabout: customers\n---\n# Whale\nOne who pays a lot.")
    assert report.terms == (Term("Whale", "One who pays a lot.", about=("customers",)),)


def test_names_that_do_not_exist_are_told_with_their_lines() -> None:
    report = read(
        "---\nterm: vip\nsql: orders.totl > 5\nabout:\n  - customers\n  - clients\n---\nPays a lot."
    )
    assert [str(problem) for problem in report.problems] == [
        "page.md, line 2: Its SQL names orders.totl, which does not exist.",
        "page.md, line 6: There is no table or column 'clients'.",
    ]
    assert report.terms[0].about == ("customers",)


@pytest.mark.parametrize(
    "text", ["", "# No front", "---\nterm: a\n", "text\n---\na: b\n---\n", "---\n- a\n---\n"]
)
def test_a_page_without_front_matter_is_refused(text: str) -> None:
    with pytest.raises(NotesUnreadable):
        read_page(text, "page.md")


def test_a_bomb_in_front_is_refused_by_its_line() -> None:
    bomb = "---\na: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{new}: &{new} [{','.join([f'*{old}'] * 10)}]\n" for old, new in zip("abcdef", "bcdefg", strict=True)
    )
    report = read(f"{bomb}---\nterm")
    assert len(report.unreadable) == 1
    assert report.notes == {}
